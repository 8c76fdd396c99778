"""`python3 -m app`: serves on a free port of 127.0.0.1, which it prints, until its standard input ends."""

import json
import socket
import sys
import threading

import uvicorn

from . import factory
from .settings import Settings


def main() -> None:
    server = uvicorn.Server(uvicorn.Config(factory.create_app(Settings()), log_level="warning"))
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)

    def end_with_the_tests() -> None:
        sys.stdin.read()
        server.should_exit = server.force_exit = True

    threading.Thread(target=end_with_the_tests, daemon=True).start()
    # Connections wait in the socket's queue from here on.
    print(json.dumps({"port": listener.getsockname()[1]}), flush=True)
    server.run(sockets=[listener])


if __name__ == "__main__":
    main()

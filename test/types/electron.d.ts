/** The part of Electron's modules that the documentation uses, by the names and types of Electron's own declarations. */
declare module "electron" {
  interface WebFrameMain {
    readonly url: string;
  }
  interface IpcMainInvokeEvent {
    /** Null when the frame has navigated or was destroyed. */
    readonly senderFrame: WebFrameMain | null;
  }
  interface IpcMain {
    handle(channel: string, listener: (event: IpcMainInvokeEvent, ...args: unknown[]) => unknown): void;
  }
  interface WebContents {
    getURL(): string;
  }
  interface PermissionRequest {
    isMainFrame: boolean;
    requestingUrl: string;
  }
  interface MediaAccessPermissionRequest extends PermissionRequest {
    mediaTypes?: ("video" | "audio")[];
    securityOrigin?: string;
  }
  interface OpenExternalPermissionRequest extends PermissionRequest {
    externalURL?: string;
  }
  interface Session {
    setPermissionRequestHandler(
      handler:
        | ((
            webContents: WebContents,
            permission: "media" | "geolocation" | "notifications" | "openExternal" | "unknown",
            callback: (permissionGranted: boolean) => void,
            details: PermissionRequest | MediaAccessPermissionRequest | OpenExternalPermissionRequest,
          ) => void)
        | null,
    ): void;
  }
  interface WebPreferences {
    preload?: string;
    contextIsolation?: boolean;
    nodeIntegration?: boolean;
    sandbox?: boolean;
  }
  export class BrowserWindow {
    constructor(options?: { webPreferences?: WebPreferences });
    loadURL(url: string): Promise<void>;
  }
  export const app: { whenReady(): Promise<void>; getAppPath(): string };
  export const ipcMain: IpcMain;
  export const ipcRenderer: { invoke(channel: string, ...args: unknown[]): Promise<unknown> };
  export const contextBridge: { exposeInMainWorld(apiKey: string, api: unknown): void };
  export const session: { readonly defaultSession: Session };
}

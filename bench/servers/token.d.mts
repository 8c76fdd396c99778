/** Creates a JWT of typical length that expires in an hour. */
export declare function createToken(user?: string): string;
/** Creates the response of the token exchange. */
export declare function tokenAnswer(user: string): string;

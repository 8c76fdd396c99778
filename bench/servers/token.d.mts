/** A JWT of ordinary length that ends in an hour. */
export declare function createToken(user?: string): string;
/** The answer of the token exchange. */
export declare function tokenAnswer(user: string): string;

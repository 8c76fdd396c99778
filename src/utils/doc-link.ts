/** Returns the message of an error without the link at its end, for use within another text. */
export const withoutLink = ({ message }: Error): string => message.replace(/ \[docs\/errors\.md#\w+\]$/, "");

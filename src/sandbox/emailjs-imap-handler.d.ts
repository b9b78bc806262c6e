// The part of emailjs-imap-handler that the sandbox uses; the package brings no types of its own.
declare module 'emailjs-imap-handler' {
  const handler: {
    /** Throws an Error on input that is no IMAP line. */
    parser(input: Uint8Array): { tag: string; command: string; attributes?: unknown[] };
  };
  export = handler;
}

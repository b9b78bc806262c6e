// Where a mail server is. Knows no protocol and no login.

/** A server that speaks TLS; its certificate is verified for `host`. */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** Authorities to trust instead of the system's, in PEM. */
  readonly ca?: string;
}

// Which domains belong to one organisation, near enough without the Public Suffix List. Pure.
import { domainToUnicode } from 'node:url';

/** Second labels below which names are registered in domains of countries: `co.uk`, `com.au`, `or.jp`. */
const BELOW_COUNTRIES =
  /^(?:a[cd]|asn|co|com|edu|ed|gen|go|gob|gouv|gov|gv|ind|info|k12|lg|ltd|me|mil|muni|ne|net|nhs|nic|nom|or|org|plc|pro|res|sch|school|web)$/;
/** Domains of hosts whose customers have the name before them. */
const SHARED = new Set(
  `appspot.com azurewebsites.net blogspot.com firebaseapp.com fly.dev github.io gitlab.io herokuapp.com myshopify.com netlify.app
  onmicrosoft.com pages.dev onrender.com vercel.app web.app weebly.com wixsite.com wordpress.com workers.dev zendesk.com`.split(
    /\s+/,
  ),
);
/** Where everybody can have an address: those who have one there have nothing in common, and none of them imitates another. */
const MAILBOX_PROVIDERS = new Set(
  `126.com 163.com aol.com att.net bluewin.ch btinternet.com bk.ru centrum.cz comcast.net cox.net daum.net duck.com email.com
  fastmail.com fastmail.fm free.fr freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net googlemail.com hanmail.net hey.com
  hotmail.co.uk hotmail.com hotmail.de hotmail.fr hotmail.it hushmail.com icloud.com inbox.ru interia.pl laposte.net libero.it
  list.ru live.co.uk live.com live.nl mac.com mail.com mail.de mail.ru mailbox.org me.com msn.com naver.com o2.pl onet.pl
  orange.fr outlook.com outlook.de outlook.fr pm.me posteo.de proton.me protonmail.com qq.com rediffmail.com rocketmail.com
  sbcglobal.net seznam.cz sina.com sky.com t-online.de tuta.com tutanota.com ukr.net verizon.net virgilio.it web.de wp.pl ya.ru
  yahoo.co.in yahoo.co.jp yahoo.co.uk yahoo.com yahoo.com.br yahoo.de yahoo.es yahoo.fr yahoo.it yandex.com yandex.ru yeah.net
  ymail.com zoho.com`.split(/\s+/),
);

/** What stands behind the @, as a person reads it; empty when there is none. */
export function domainIn(address: string): string {
  const domain = address.slice(address.lastIndexOf('@') + 1);
  if (domain === address) return '';
  return (domain.includes('xn--') && domainToUnicode(domain)) || domain;
}

/** The registered part of a domain: of `mail.example.co.uk`, `example.co.uk`. */
export function organisationOf(domain: string): string {
  const labels = domain.replace(/\.$/, '').split('.');
  const isBelowCountry = labels.at(-1)!.length === 2 && BELOW_COUNTRIES.test(labels.at(-2) ?? '');
  const isShared = SHARED.has(labels.slice(-2).join('.'));
  return labels.slice(isBelowCountry || isShared ? -3 : -2).join('.');
}

export const isMailboxProvider = (organisation: string): boolean => MAILBOX_PROVIDERS.has(organisation);

// Where the focus goes when what had it leaves the page, or when something comes that has to be told.
import { type RefObject, useEffect, useRef } from 'react';

/** The element gets the focus back when what was opened from it has closed. */
export function useReturn<E extends HTMLElement>(isOpen: boolean): RefObject<E | null> {
  const element = useRef<E>(null);
  const wasOpen = useRef(isOpen);
  useEffect(() => {
    if (wasOpen.current && !isOpen) element.current?.focus();
    wasOpen.current = isOpen;
  }, [isOpen]);
  return element;
}

/** The element gets the focus when it appears. */
export function useArrival<E extends HTMLElement>(): RefObject<E | null> {
  const element = useRef<E>(null);
  useEffect(() => element.current?.focus(), []);
  return element;
}

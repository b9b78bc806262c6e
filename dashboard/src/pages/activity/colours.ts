// The colours of a plot's lines: told apart by whoever sees red, green or blue differently too, and from the card that they stand on.

export const COLOURS = {
  light: ['#1f5c4a', '#c48441', '#4c91f5', '#560058', '#454400', '#9090a5'],
  dark: ['#8cc9b1', '#db7f4f', '#4e68bd', '#ffa9ff', '#fbff8a', '#746a7a'],
} as const;

/** The same for each line on either ground, beyond the last one from the first on again. */
export const colourOf = (ground: keyof typeof COLOURS, line: number): string =>
  COLOURS[ground][line % COLOURS[ground].length] ?? COLOURS[ground][0];

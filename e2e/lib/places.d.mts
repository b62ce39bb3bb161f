/** For the web app's test alone. */
export const places: { name: string; route?: string }[];
export const redirects: string[];

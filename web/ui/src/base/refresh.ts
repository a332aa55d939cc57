// How often a screen asks again by itself.
export const REFRESH_CHOICES = ["off", "5s", "10s", "30s"] as const;
export type Refresh = (typeof REFRESH_CHOICES)[number];

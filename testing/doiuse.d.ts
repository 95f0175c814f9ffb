/** What we use of a package that brings no types. */
declare module 'doiuse' {
  export default function doiuse(options: {
    browsers: string[];
    onFeatureUsage(usage: { feature: string; message: string }): void;
  }): unknown;
}

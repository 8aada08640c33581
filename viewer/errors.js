/** Errors that have a cause in the file. */

/** A file is not what the format allows. */
export class FormatError extends Error {}

/** A file is valid, but of a kind that is not decoded here. */
export class UnsupportedError extends Error {}

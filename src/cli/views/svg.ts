/** What pictures share. */
export const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif";

const signs: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text as it stands between tags and in attributes. */
export const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => signs[sign] as string);

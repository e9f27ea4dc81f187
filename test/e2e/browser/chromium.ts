import { existsSync } from "node:fs";

/** A browser that is there: PENCHANT_CHROMIUM, or where Linux distributions put it. */
export const executablePath = [process.env["PENCHANT_CHROMIUM"], "/usr/bin/chromium", "/usr/bin/chromium-browser"].find(
  (path) => path !== undefined && existsSync(path),
);

/** For the name of what is skipped without one. */
export const missing =
  executablePath === undefined ? ": needs Chromium at /usr/bin/chromium, or PENCHANT_CHROMIUM to name it" : "";

export const launchOptions = {
  ...(executablePath !== undefined && { executablePath }),
  args: [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};

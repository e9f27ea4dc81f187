/** The most memory this process ever held, in bytes (resourceUsage counts kilobytes). */
export const peakMemoryBytes = (): number => process.resourceUsage().maxRSS * 1024;

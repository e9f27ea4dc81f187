/** A Stryker plugin: says which mutants survive as soon as it is known; a folder may take an hour. */
class Survivors {
  onMutantTested({ status, fileName, location, mutatorName, replacement }) {
    if (status !== "Survived" && status !== "NoCoverage") return;
    process.stderr.write(`survived: ${fileName}:${location.start.line} ${mutatorName}: ${replacement}\n`);
  }
}

export const strykerPlugins = [{ kind: "Reporter", name: "survivors", value: Survivors }];

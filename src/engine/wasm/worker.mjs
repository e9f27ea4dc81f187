/**
 * What a worker does: it makes its own instance of the module over the shared memory, then calls what it is told to.
 * Plain JavaScript, because workers load their file without any build step.
 */
export function serve(port) {
  let exports;
  port.onmessage = ({ data }) => {
    if (exports === undefined) {
      const { module, memory, stack, locals } = data;
      ({ exports } = new WebAssembly.Instance(module, { env: { memory } }));
      exports.__stack_pointer.value = stack;
      exports.__wasm_init_tls(locals);
      return;
    }
    const started = performance.now();
    try {
      const result = exports[data.name](...data.args) ?? 0;
      port.postMessage({ result, seconds: (performance.now() - started) / 1000 });
    } catch (error) {
      port.postMessage({ result: 0, seconds: 0, trap: String(error) });
    }
  };
}

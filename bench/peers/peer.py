"""Runs one peer in a process of its own: one JSON request per line in, one JSON answer per line out.

usage: peer.py MODULE    {"call": "prepare", "with": {...}} first, then any method of the module's class `Peer`.
An answer is {"answer": ...}, {"absent": reason} where a package is missing, or {"error": text}.
"""

import importlib
import json
import os
import sys
import traceback


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints must not get between the answers

    def answer(value: dict) -> None:
        answers.write(json.dumps(value) + "\n")
        answers.flush()

    peer = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if peer is None:
                peer = importlib.import_module(sys.argv[1]).Peer()
            answer({"answer": getattr(peer, request["call"])(**request.get("with", {}))})
        except ImportError as problem:
            answer({"absent": str(problem)})
        except Exception as problem:  # the benchmark goes on without this peer and says why
            traceback.print_exc()
            answer({"error": f"{type(problem).__name__}: {problem}"})


main()

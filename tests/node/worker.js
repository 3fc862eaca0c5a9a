// Runs the Workers of the examples with a stand-in for their binding to Workers AI. /worker.js asks the
// one of that name, and the answer tells what it asked of the binding. In the query stand the secret and
// the gateway that the binding knows.
import ask from "./worker.js";
import universal from "./universal.js";

const examples = { "/worker.js": ask, "/universal.js": universal };
const want = (right, what) => {
  if (!right) throw new Error("The stand-in refuses this: " + what);
};

class AI {
  aiGatewayLogId = null;
  calls = [];

  constructor(known) {
    this.known = known;
  }

  async run(model, input, { gateway }) {
    this.calls.push(["run", model, input, gateway]);
    want(model.startsWith("@cf/") && input.prompt, "a model and a prompt");
    const options = ["id", "skipCache", "cacheTtl", "cacheKey", "collectLog", "metadata"];
    want(
      Object.keys(gateway).every((name) => options.includes(name)),
      "the options of a gateway",
    );
    want(gateway.id === this.known, "gateway " + gateway.id);
    this.aiGatewayLogId = "log-1";
    return { response: "A joke." };
  }

  gateway(id) {
    const { calls, known } = this;
    want(id === known, "gateway " + id);
    return {
      async run(step) {
        calls.push(["gateway.run", step]);
        return Response.json({ response: "A joke." });
      },
      async getUrl(provider = "") {
        calls.push(["getUrl", provider]);
        return "https://gateway.example/" + id + "/" + provider;
      },
      async getLog(log) {
        calls.push(["getLog", log]);
        want(log === "log-1", "log " + log);
        return { id: log };
      },
      async patchLog(log, changes) {
        calls.push(["patchLog", log, changes]);
        const parts = ["feedback", "score", "metadata"];
        want(
          log === "log-1" && Object.keys(changes).every((name) => parts.includes(name)),
          "the changes",
        );
      },
    };
  }
}

export default {
  async fetch(request, env, context) {
    const { pathname, searchParams } = new URL(request.url);
    if (!(pathname in examples)) return new Response("No such example", { status: 404 });
    const binding = new AI(searchParams.get("gateway") ?? "my-gateway");
    const secrets = { WORKERS_AI_TOKEN: searchParams.get("secret") };
    const answer = await examples[pathname].fetch(request, { ...secrets, AI: binding }, context);
    const body = await answer.json();
    return Response.json({ status: answer.status, body, calls: binding.calls });
  },
};

// Ask a model through a gateway, find the log of the request, and rate the answer.
const GATEWAY = "my-gateway";
const MODEL = "@cf/meta/llama-3.1-8b-instruct";

export default {
  async fetch(request, env) {
    try {
      const answer = await env.AI.run(
        MODEL,
        { prompt: "Tell me a joke" },
        { gateway: { id: GATEWAY, cacheTtl: 3600, metadata: { team: "support" } } },
      );

      // The ID of the last log: read it right after the call.
      const logId = env.AI.aiGatewayLogId;
      const gateway = env.AI.gateway(GATEWAY);
      const log = await gateway.getLog(logId);
      await gateway.patchLog(logId, { feedback: 1, score: 90, metadata: { reviewed: true } });

      return Response.json({ answer, log });
    } catch (error) {
      return Response.json({ error: error.message }, { status: 502 });
    }
  },
};

// Send a universal request from a Worker, and tell the address for a client library.
export default {
  async fetch(request, env) {
    if (!env.WORKERS_AI_TOKEN) {
      return Response.json({ error: "Set the secret WORKERS_AI_TOKEN" }, { status: 500 });
    }

    try {
      const gateway = env.AI.gateway("my-gateway");
      const response = await gateway.run({
        provider: "workers-ai",
        endpoint: "@cf/meta/llama-3.1-8b-instruct",
        headers: {
          Authorization: `Bearer ${env.WORKERS_AI_TOKEN}`,
          "Content-Type": "application/json",
        },
        query: { prompt: "Tell me a joke" },
      });

      const answer = await response.json();
      const baseURL = await gateway.getUrl("openai");
      return Response.json({ answer, baseURL }, { status: response.status });
    } catch (error) {
      return Response.json({ error: error.message }, { status: 502 });
    }
  },
};

// The floor of reading: each page over HTTP, one JSON parse, nothing else.
import { Agent } from "undici";
import { measured, task } from "../measure.ts";

const { apiUrl, sets, pageSize } = task();
const agent = new Agent({ connections: 1, pipelining: 1 });

await measured(async () => {
  const login = await agent.request({ origin: apiUrl, path: "/oauth2/token", method: "POST" });
  const { access_token: token }: { access_token: string } = Object(await login.body.json());
  for (const { recType, count } of sets) {
    let records = 0;
    for (let page = 1; records < count; page += 1) {
      const path = `/share/${recType}?details=true&page=${page}&perPage=${pageSize}&sort=tstamp`;
      const headers = { authorization: `Bearer ${token}` };
      const answer = await agent.request({ origin: apiUrl, path, method: "GET", headers });
      const { objs }: { objs: readonly unknown[] } = Object(await answer.body.json());
      if (objs.length === 0) throw new Error(`page ${page} is empty`);
      records += objs.length;
    }
  }
});
await agent.close();

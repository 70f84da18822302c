import { expect, it } from "vitest";
import { mailDemo } from "../../dev/demo/mail-demo.ts";
import { sharedAzurite } from "../azurite.ts";

it("the demo of e-mail shows the mail that came, in its letters, on a page and in the terminal", async () => {
  const lines: string[] = [];
  let page = "";
  const { connectionString: storage } = await sharedAzurite();
  const holds = await mailDemo({
    storage,
    write: (line) => void lines.push(line),
    look: async (url) => {
      page = await (await fetch(url)).text();
    },
  });
  expect(holds).toBe(true);
  expect(page).toContain("会議室のデータが届いていません。");
  expect(lines.join("\n")).toMatch(
    /answer 202 [^]*minute 4: Mail \S+ was sent off\.[^]*1 mail in the mailbox[^]*お知らせ/,
  );
});

// A function that does what its event says: the same as probe.py.
import { appendFileSync } from "node:fs";

let calls = 0;

export async function handler(event, context) {
  calls += 1;
  if (event.note) appendFileSync(event.note, `${context.awsRequestId}\n`);
  if (event.say) console.log(event.say);
  switch (event.do) {
    case "sleep":
      await new Promise((resolve) => setTimeout(resolve, event.s * 1000));
      break;
    case "throw":
      throw new Error(event.text);
    case "exit":
      process.exit(event.status);
      break;
    case "huge":
      return "x".repeat(7_000_000);
    case "flood":
      for (;;) await new Promise((taken) => process.stdout.write(`${"y".repeat(1000)}\n`, taken));
    case "environment":
      return { ...process.env };
  }
  return {
    calls,
    pid: process.pid,
    request_id: context.awsRequestId,
    arn: context.invokedFunctionArn,
    name: context.functionName,
    remaining_ms: context.getRemainingTimeInMillis(),
  };
}

export function callback(event, context, done) {
  if (event.text) done(new Error(event.text));
  else done(null, { name: context.functionName });
}

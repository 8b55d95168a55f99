// Reads a JSON list of {target (base64), keys, now, longest} from standard input, prints the gate's verdicts as JSON.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { default: gate } = await import(pathToFileURL(process.argv[2]));
const found = JSON.parse(readFileSync(0, "utf8")).map(({ target, keys, now, longest }) => {
  const bytes = Buffer.from(target, "base64");
  return gate.verdict(gate.escaped(bytes), bytes.length, gate.readKeys(keys), now, longest);
});
process.stdout.write(JSON.stringify({ found, problems: gate.PROBLEMS }));

// A custom sender as one writes it for Lambda: it reads the code and notes it.
import { appendFile } from "node:fs/promises";
import { buildClient, CommitmentPolicy, KmsKeyringNode } from "@aws-crypto/client-node";

const { decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT);
const keyring = new KmsKeyringNode({ keyIds: [process.env.KEY_ARN] });

export const handler = async (event) => {
  const { plaintext } = await decrypt(keyring, Buffer.from(event.request.code, "base64"));
  await appendFile(process.env.NOTE, `${event.triggerSource} ${plaintext}\n`);
};

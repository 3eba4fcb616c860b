// An authenticator app: RFC 6238 with SHA-1, six digits, thirty seconds. No code is shown twice.

import { createHmac } from 'node:crypto';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const STEP_S = 30;

function bytesOf(secret) {
  let bits = '';
  for (const letter of secret) bits += ALPHABET.indexOf(letter).toString(2).padStart(5, '0');
  return Buffer.from(bits.match(/.{8}/g).map((each) => parseInt(each, 2)));
}

export class Authenticator {
  constructor(secret) {
    this.seed = bytesOf(secret);
    this.shown = -1;
  }

  code() {
    this.shown = Math.max(Math.floor(Date.now() / 1000 / STEP_S), this.shown + 1);
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(this.shown));
    const digest = createHmac('sha1', this.seed).update(counter).digest();
    const number = digest.readUInt32BE(digest[19] & 15) & 0x7fffffff;
    return String(number % 1_000_000).padStart(6, '0');
  }
}

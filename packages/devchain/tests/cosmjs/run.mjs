// CosmJS against the embedded chain. The Rust test `cosmjs.rs` starts the chain and gives its address, the key of a
// funded account, and the checksum of the counter contract.
import assert from "node:assert/strict";
import { CosmWasmClient, instantiate2Address, SigningCosmWasmClient } from "@cosmjs/cosmwasm";
import { fromHex, toBech32, toUtf8 } from "@cosmjs/encoding";
import { DirectSecp256k1Wallet } from "@cosmjs/proto-signing";
import { GasPrice } from "@cosmjs/stargate";

const rpc = process.env.RPC;
const wallet = await DirectSecp256k1Wallet.fromKey(fromHex(process.env.KEY), "wasm");
const [{ address }] = await wallet.getAccounts();

// Reading.
const reader = await CosmWasmClient.connect(rpc);
assert.equal(await reader.getChainId(), "joule-dev-1");
assert.ok((await reader.getHeight()) >= 1);
assert.deepEqual(await reader.getBalance(address, "uusdc"), { denom: "uusdc", amount: "1000000000" });
assert.equal(await reader.getAccount(toBech32("wasm", new Uint8Array(20).fill(7))), null);
const codes = await reader.getCodes();
assert.equal(codes[0].checksum, process.env.CHECKSUM);
const block = await reader.getBlock(1);
assert.equal(block.header.height, 1);

// Signing, with gas from a simulation.
const client = await SigningCosmWasmClient.connectWithSigner(rpc, wallet, {
  gasPrice: GasPrice.fromString("0.001uwatt"),
  broadcastPollIntervalMs: 100,
});
const made = await client.instantiate(address, 1, { start: 40 }, "counter", "auto", { admin: address });
const counter = made.contractAddress;
assert.equal((await client.getContract(counter)).admin, address);
assert.equal(await client.queryContractSmart(counter, { count: {} }), 40);

const added = await client.execute(address, counter, { add: { by: 2 } }, "auto", "a memo", [
  { denom: "uusdc", amount: "7" },
]);
assert.ok(added.gasUsed > 0n && added.gasUsed <= added.gasWanted);
const counted = added.events.find((event) => event.type === "wasm-counted");
assert.deepEqual(counted.attributes, [
  { key: "_contract_address", value: counter },
  { key: "count", value: "42" },
  { key: "msg_index", value: "0" },
]);
assert.equal(await client.queryContractSmart(counter, { count: {} }), 42);
assert.equal((await client.getBalance(counter, "uusdc")).amount, "7");
assert.equal((await client.getSequence(address)).sequence, 2);

// What was broadcast can be found again.
const found = await client.getTx(added.transactionHash);
assert.equal(found.code, 0);
assert.equal(found.msgResponses[0].typeUrl, "/cosmwasm.wasm.v1.MsgExecuteContractResponse");
const searched = await client.searchTx([{ key: "wasm-counted.count", value: "42" }]);
assert.equal(searched[0].hash, added.transactionHash);

// A predicted address.
const salt = toUtf8("joule");
const predicted = instantiate2Address(fromHex(process.env.CHECKSUM), address, salt, "wasm");
const second = await client.instantiate2(address, 1, salt, { start: 1 }, "second", "auto");
assert.equal(second.contractAddress, predicted);

// Failures with their codes: in simulation, in the block, at the door.
const fail = { fail: { text: "mkt.job_not_open: job 7 is Completed" } };
await assert.rejects(client.execute(address, counter, fail, "auto"), /mkt\.job_not_open: job 7 is Completed/);
const fee = { amount: [{ denom: "uwatt", amount: "500" }], gas: "500000" };
await assert.rejects(client.execute(address, counter, fail, fee), /Code: 5; Raw log: .*mkt\.job_not_open/);
await assert.rejects(client.execute(address, counter, { panic: {} }, fee), /Code: 29/);
const cheap = { amount: [{ denom: "uwatt", amount: "1" }], gas: "500000" };
await assert.rejects(client.sendTokens(address, counter, [{ denom: "uusdc", amount: "1" }], cheap), { code: 13 });
await assert.rejects(client.queryContractSmart(counter, { nothing: {} }), /query wasm contract failed/);
assert.equal(await client.queryContractSmart(counter, { count: {} }), 42);

client.disconnect();
reader.disconnect();
console.log("all good");
// A broadcast that is refused at the door leaves CosmJS's one-minute timer running.
process.exit(0);

// A buyer deposits on the embedded chain.   Usage: node deposit.mjs [HOME] [RPC], beside a running `joule devchain`
import { readFile } from "node:fs/promises";
import { SigningCosmWasmClient } from "@cosmjs/cosmwasm";
import { DirectSecp256k1HdWallet } from "@cosmjs/proto-signing";
import { GasPrice } from "@cosmjs/stargate";

const [home = "joule-devchain", rpc = "http://127.0.0.1:26657"] = process.argv.slice(2);
const read = async (file) => JSON.parse(await readFile(`${home}/${file}`, "utf8"));
const escrow = (await read("deployments/joule-dev-1.json")).contracts.escrow.address;
const { address, phrase } = (await read("actors.json")).find((actor) => actor.name === "studio");
const wallet = await DirectSecp256k1HdWallet.fromMnemonic(phrase, { prefix: "wasm" });
const client = await SigningCosmWasmClient.connectWithSigner(rpc, wallet, { gasPrice: GasPrice.fromString("0.025uwatt") });
const done = await client.execute(address, escrow, { deposit: {} }, "auto", "", [{ denom: "uusdc", amount: "1500000" }]);
const balance = await client.queryContractSmart(escrow, { balance: { owner: address, denom: { native: "uusdc" } } });
console.log(`deposited ${balance.deposited} uusdc in transaction ${done.transactionHash}`);
client.disconnect();

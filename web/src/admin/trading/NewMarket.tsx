import { useState } from "react";
import { ActDialog } from "@/admin/parts/Act";
import { Choice } from "@/admin/parts/Choice";
import { ask, SLOW_MS, useLive } from "@/admin/parts/live";
import { ppmOf } from "@/admin/parts/words";
import type { NewMarketIn } from "@/packages/api/types";
import { Field } from "@/packages/ui/field";

const EMPTY = { tick: "0.01", lot: "0.0001", maker: "0.02", taker: "0.05", min_notional: "" };

/** Asks for a new market, which is closed until somebody opens it. */
export function NewMarket() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" className="primary" onClick={() => setOpen(true)}>New market</button>
      {open && <Ask close={() => setOpen(false)} />}
    </>
  );
}

function Ask({ close }: { close: () => void }) {
  const assets = useLive("assets", {}, SLOW_MS).data?.assets ?? [];
  const [base, setBase] = useState("");
  const [quote, setQuote] = useState("");
  const [feeAsset, setFeeAsset] = useState<NonNullable<NewMarketIn["fee_asset"]>>("quote");
  const [values, setValues] = useState(EMPTY);
  const options = [["", "Choose"], ...assets.map((one) => [one.asset, one.asset])] as [string, string][];
  const maker = ppmOf(values.maker);
  const taker = ppmOf(values.taker);
  const typed = (name: keyof typeof EMPTY, label: string) => (
    <Field
      label={label} name={name} inputMode="decimal" value={values[name]}
      onChange={(event) => setValues({ ...values, [name]: event.target.value.trim() })}
    />
  );
  return (
    <ActDialog
      title="A new market" button="Ask for it" twoPeople wide close={close}
      ready={base !== "" && quote !== "" && base !== quote && maker !== null && taker !== null}
      about={<p>It begins closed. Its limits and bands can be changed afterwards.</p>}
      act={async (reason) => {
        const asked = await ask("staff_new_market", {
          body: {
            reason, symbol: `${base}_${quote}`, tick: values.tick, lot: values.lot,
            fee_asset: feeAsset, maker_ppm: maker ?? 0, taker_ppm: taker ?? 0,
            ...(values.min_notional ? { min_notional: values.min_notional } : {}),
          },
        });
        return `Request ${asked.request} waits for somebody else`;
      }}
    >
      <div className="form-grid">
        <Choice label="Base" name="base" value={base} choose={setBase} options={options} />
        <Choice label="Quote" name="quote" value={quote} choose={setQuote} options={options} />
        {typed("tick", "Tick")}
        {typed("lot", "Lot")}
        {typed("maker", "Maker fee, %")}
        {typed("taker", "Taker fee, %")}
        {typed("min_notional", "Least value")}
        <Choice
          label="Fee is taken in" value={feeAsset}
          choose={(value) => setFeeAsset(value as typeof feeAsset)}
          options={[["quote", "the quote asset"], ["received", "what is received"]]}
        />
      </div>
    </ActDialog>
  );
}

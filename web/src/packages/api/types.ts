// Made by `python -m tools.api_types` from the API's own documents; not to be edited.

/** Limits that an account has for itself; null: the market's. `market` null: over all. */
export interface AccountLimitsOut {
  account: number;
  market: string | null;
  order_notional: string | null;
  open_orders: number | "unlimited" | null;
  daily_notional: string | null;
  stop_orders: number | "unlimited" | null;
  position: string | null;
  open_orders_total: number | "unlimited" | null;
}

/** Who of the staff has approved a withdrawal, and when. */
export interface ApprovalOut {
  by: number;
  /** RFC 3339 with microseconds and Z */
  at: string;
}

/** An asset to define. */
export interface AssetIn {
  symbol: string;
  decimals: number;
  chain_decimals?: number | null;
}

/** An asset and the decimals the ledger keeps. */
export interface AssetOut {
  asset: string;
  decimals: number;
  chain_decimals: number;
}

/** Where the units of an asset are; `supply` is what came in less what left for good. available + held + in_flight + fees + loss = supply, so `difference` is 0. `loss` is what adjustments gave (below 0) or took. Nothing ever rounds, so there is no dust. */
export interface AssetSumsOut {
  asset: string;
  /** a decimal number as a string */
  available: string;
  /** a decimal number as a string */
  held: string;
  /** a decimal number as a string */
  in_flight: string;
  /** a decimal number as a string */
  fees: string;
  /** a decimal number as a string */
  loss: string;
  /** a decimal number as a string */
  credited: string;
  /** a decimal number as a string */
  withdrawn: string;
  /** a decimal number as a string */
  supply: string;
  /** a decimal number as a string */
  difference: string;
}

/** All assets. */
export interface AssetsOut {
  assets: AssetOut[];
}

/** Say who this connection speaks for: by a token, or signed with an API key. Signed is the GET of this connection without a body, as the headers of a call would say it. With `cancel_on_disconnect` every order placed from here on ends with the connection. */
export interface AuthMessage {
  id?: unknown;
  op: "auth";
  token?: string | null;
  key?: string | null;
  time?: string | null;
  window?: string | null;
  signature?: string | null;
  cancel_on_disconnect?: boolean;
}

/** Who this connection speaks for. */
export interface AuthReply {
  id: unknown;
  ok: true;
  result: Caller;
}

/** What an account has of one asset. */
export interface BalanceOut {
  asset: string;
  /** a decimal number as a string */
  available: string;
  /** a decimal number as a string */
  held: string;
  /** a decimal number as a string */
  total: string;
}

/** All that one has. */
export interface BalancesEvent {
  channel: "balances";
  type: "snapshot" | "update";
  balances: BalanceOut[];
}

/** What an account has. */
export interface BalancesOut {
  balances: BalanceOut[];
}

/** Bands and breaker, all of them; what is not named is none. */
export interface BandsIn {
  dynamic_ppm?: number;
  static_ppm?: number;
  window_ppm?: number;
  window_ms?: number;
  collar_ppm?: number;
  on_band?: "halt" | "stop";
  halt_ms?: number;
  auction_ms?: number;
  extension_ms?: number;
}

/** Price bands and breaker of a market; 0 is none. `dynamic_ppm` around the last price, `static_ppm` around the last auction price, `window_ppm` from the extremes of the last `window_ms`. `on_band` halt: a taker that a band stops halts the market; `halt_ms` later an auction begins, which ends `auction_ms` later, or by command (0). */
export interface BandsOut {
  dynamic_ppm: number;
  static_ppm: number;
  window_ppm: number;
  window_ms: number;
  collar_ppm: number;
  on_band: "halt" | "stop";
  halt_ms: number;
  auction_ms: number;
  extension_ms: number;
}

/** Up to 100 orders or cancels, done in this order, each on its own. */
export interface BatchIn {
  orders: Record<string, unknown>[];
}

/** Place and cancel several. */
export interface BatchMessage {
  id?: unknown;
  op: "order.batch";
  args: BatchIn;
}

/** Per member an order, or an error, in the order sent. */
export interface BatchOut {
  results: (OrderOut | ErrorAnswer)[];
}

/** What became of each member of a batch. */
export interface BatchReply {
  id: unknown;
  ok: true;
  result: BatchOut;
}

/** One's addresses, by name. */
export interface BeneficiariesOut {
  beneficiaries: BeneficiaryOut[];
}

/** An address to keep under a name. */
export interface BeneficiaryIn {
  /** 1 to 64 characters that can be printed */
  label: string;
  asset: string;
  /** where it goes: 3 to 128 printable ASCII characters without a space */
  address: string;
  memo?: string | null;
}

/** An address that is kept under a name. */
export interface BeneficiaryOut {
  beneficiary: number;
  label: string;
  asset: string;
  address: string;
  memo: string | null;
  /** RFC 3339 with microseconds and Z */
  created_at: string;
}

/** New quantities of levels, "0" for none; `previous` is the sequence of the message before. */
export interface BookDelta {
  /** book:MARKET, trades:MARKET, ticker:MARKET, kline:MARKET:INTERVAL, status; after auth also orders, fills, balances, lists */
  channel: string;
  type: "delta";
  previous: number;
  sequence: number;
  bids: [string, string][];
  asks: [string, string][];
  /** CRC-32 of the best ten asks, then bids, each price:quantity, joined by | */
  checksum: number;
}

/** A book: levels as [price, quantity], best first. `sequence` is that of REST depth. */
export interface BookSnapshot {
  /** book:MARKET, trades:MARKET, ticker:MARKET, kline:MARKET:INTERVAL, status; after auth also orders, fills, balances, lists */
  channel: string;
  type: "snapshot";
  sequence: number;
  bids: [string, string][];
  asks: [string, string][];
  /** CRC-32 of the best ten asks, then bids, each price:quantity, joined by | */
  checksum: number;
}

/** What a bot says of itself. `refused`: refusals that nobody had to expect. */
export interface BotMetricsOut {
  /** RFC 3339 with microseconds and Z */
  at: string;
  connected: boolean;
  pnl_quote: string | null;
  /** a decimal number as a string */
  position_base: string;
  /** a decimal number as a string */
  cash_quote: string;
  /** a decimal number as a string */
  fees_quote: string;
  /** a decimal number as a string */
  traded_quote: string;
  fills: number;
  open_orders: number;
  reference_price: string | null;
  spread_bps: number | null;
  lean_bps: number | null;
  volatility_bps: number | null;
  refused: number;
}

/** A bot: the market maker in one market, with the noise taker beside it. `state`: running; starting, and it has said nothing yet; stopped by staff; ended by itself. */
export interface BotOut {
  bot: string;
  market: string;
  state: "ended" | "running" | "starting" | "stopped";
  account: number | null;
  since: string | null;
  parameters: BotParametersOut;
  metrics: BotMetricsOut | null;
}

/** What is to change of a bot; what is not named stays. It starts anew with it. */
export interface BotParametersIn {
  reason: string;
  reference?: "fixed" | "walk" | null;
  price?: string | null;
  strategy?: "inventory" | "plain" | null;
  levels?: number | null;
  spacing_bps?: number | null;
  spread_bps?: number | null;
  spread_max_bps?: number | null;
  quantity?: string | null;
  growth_percent?: number | null;
  position_max?: string | null;
  keep_bps?: number | null;
  refresh_s?: number | null;
  noise_quantity?: string | null;
  noise_every_s?: number | null;
  noise?: boolean | null;
}

/** How the market maker quotes one market. A basis point is a ten thousandth of the price. */
export interface BotParametersOut {
  reference: "fixed" | "oracle" | "recorded" | "walk";
  price: string | null;
  strategy: "inventory" | "plain";
  levels: number;
  spacing_bps: number;
  spread_bps: number;
  spread_max_bps: number;
  /** a decimal number as a string */
  quantity: string;
  growth_percent: number;
  /** a decimal number as a string */
  position_max: string;
  keep_bps: number;
  refresh_s: number;
  noise_quantity: string | null;
  noise_every_s: number;
}

/** The bots that this venue runs; none where it runs none. */
export interface BotsOut {
  bots: BotOut[];
}

/** Somebody. */
export interface Caller {
  user_id: number;
}

/** Which orders to cancel: all of them where nothing is named. Null is no name. */
export interface CancelAllIn {
  market?: string;
  /** in any case */
  side?: "buy" | "sell";
}

/** Cancel all orders, those of a market, or of a side. */
export interface CancelAllMessage {
  id?: unknown;
  op: "order.cancel_all";
  args?: CancelAllIn | null;
}

/** The order to cancel. */
export interface CancelIn {
  order_id?: number | null;
  client_order_id?: string | null;
  market?: string | null;
}

/** Cancel what is open of a list. */
export interface CancelListMessage {
  id?: unknown;
  op: "list.cancel";
  args: NamedList;
}

/** Cancel an order. */
export interface CancelMessage {
  id?: unknown;
  op: "order.cancel";
  args: CancelIn;
}

/** Cancel one order, and place another in the same command. */
export interface CancelReplaceIn {
  cancel: CancelIn;
  order: NewOrder;
  /** in any case */
  mode?: "stop_on_failure" | "allow_failure";
}

/** Cancel an order and place another in one command. */
export interface CancelReplaceMessage {
  id?: unknown;
  op: "order.cancel_replace";
  args: CancelReplaceIn;
}

/** How many orders were cancelled. */
export interface CancelledOut {
  cancelled: number;
}

/** How many orders were cancelled. */
export interface CancelledReply {
  id: unknown;
  ok: true;
  result: CancelledOut;
}

/** Names of channels. */
export interface Channels {
  channels: string[];
}

/** What is followed, or no more, from here on. */
export interface ChannelsReply {
  id: unknown;
  ok: true;
  result: Channels;
}

/** A code of one's second factor: six digits, or one of those for whoever has lost it. */
export interface CodeIn {
  code: string;
}

/** That a Merkle log of `second` leaves begins with the one of `first`. */
export interface ConsistencyProof {
  kind: "consistency";
  log: "events" | "trades";
  first: number;
  second: number;
  /** base64 */
  first_root: string;
  /** base64 */
  second_root: string;
  proof: string[];
  first_note: string | null;
  second_note: string | null;
}

/** Who registers. `name` is accepted and ignored. */
export interface Credentials {
  email: string;
  password: string;
  name?: string | null;
}

/** Money that arrived from outside, and what shows it; another has to approve. */
export interface DepositIn {
  account: number;
  asset: string;
  /** a decimal number above 0 as a string */
  amount: string;
  reference: string;
  reason: string;
}

/** Money that was credited as arrived from outside. */
export interface DepositOut {
  sequence: number;
  /** RFC 3339 with microseconds and Z */
  time: string;
  account: number;
  asset: string;
  /** a decimal number as a string */
  amount: string;
  request: number | null;
  reference: string | null;
}

/** Deposits that the ledger has, newest first. */
export interface DepositsOut {
  deposits: DepositOut[];
  next_cursor: string | null;
}

/** A book: levels as [price, quantity], best first. */
export interface DepthOut {
  market: string;
  sequence: number;
  /** RFC 3339 with microseconds and Z */
  time: string;
  bids: [string, string][];
  asks: [string, string][];
}

/** SHA-256 of the whole state after a sequence. */
export interface DigestOut {
  sequence: number;
  digest: string;
}

/** People that were looked for, newest first. */
export interface DirectoryOut {
  people: FoundPersonOut[];
  next_cursor: string | null;
}

/** It is done. */
export interface DoneOut {
  done?: true;
}

/** How many sessions were ended. */
export interface EndedOut {
  ended: number;
}

/** Leaves of the log `trades`, in order. */
export interface EntriesPage {
  entries: TradeEntry[];
}

/** The body of every answer with a status of 400 or above. */
export interface ErrorAnswer {
  error: ErrorBody;
}

/** A refusal as clients see it. */
export interface ErrorBody {
  code: string;
  number: number;
  message: string;
  field?: string | null;
  given?: string | null;
  valid?: string[] | null;
  client_order_id?: string | null;
  sequence?: number | null;
  request_id?: string | null;
  retry_after_s?: number | null;
}

/** What an authenticator is told. It is shown this once. */
export interface FactorOut {
  secret: string;
  uri: string;
}

/** Play money. */
export interface FaucetIn {
  asset: string;
  /** a decimal number above 0 as a string */
  amount: string;
}

/** Rates; a rebate is below 0. `auction_ppm` null: as the maker's, at least 0. */
export interface FeesIn {
  maker_ppm: number;
  taker_ppm: number;
  auction_ppm?: number | null;
}

/** One trade of an account. */
export interface FillOut {
  trade_id: number;
  order_id: number;
  market: string;
  side: string;
  /** a decimal number as a string */
  price: string;
  /** a decimal number as a string */
  quantity: string;
  /** a decimal number as a string */
  fee: string;
  fee_asset: string;
  liquidity: "maker" | "taker";
  /** RFC 3339 with microseconds and Z */
  time: string;
}

/** One's fills, one by one; a snapshot has none. */
export interface FillsEvent {
  channel: "fills";
  type: "snapshot" | "update";
  fills: FillOut[];
}

/** A page of fills. */
export interface FillsOut {
  fills: FillOut[];
  next_cursor: string | null;
}

/** Filters to change; what is not named stays, null is no maximum and no limit. `tick` and `lot` change only where nobody has an open order. */
export interface FiltersIn {
  /** a decimal number above 0 as a string */
  tick?: string;
  /** a decimal number above 0 as a string */
  lot?: string;
  /** a decimal number above 0 as a string */
  min_quantity?: string;
  max_quantity?: string | null;
  market_max_quantity?: string | null;
  min_notional?: string | null;
  max_notional?: string | null;
  order_notional_limit?: string | null;
  daily_notional_limit?: string | null;
  position_limit?: string | null;
  open_orders_limit?: number | null;
  stop_orders_limit?: number | null;
  protection_ppm?: number;
}

/** Follow a book, in short. */
export interface FollowBookMessage {
  SubscribeOrderbook: string;
}

/** Somebody that a search found. */
export interface FoundPersonOut {
  user_id: number;
  email: string;
  /** RFC 3339 with microseconds and Z */
  created_at: string;
  status: string;
  second_factor: boolean;
  roles: string[];
}

/** A signed tree head: a Merkle log as it was after `sequence`. */
export interface HeadProof {
  kind: "head";
  log: "events" | "trades";
  size: number;
  /** base64 */
  root: string;
  sequence: number;
  /** a whole number as a string */
  time_ns: string;
  /** a signed note: C2SP signed-note, Ed25519 */
  note: string;
}

/** The newest signed head of a Merkle log. */
export interface HeadSummaryOut {
  log: string;
  size: number;
  sequence: number;
  /** RFC 3339 with microseconds and Z */
  time: string;
  note: string;
}

/** Signed tree heads, newest first. */
export interface HeadsPage {
  heads: HeadProof[];
  next_cursor: string | null;
}

/** How the parts of the venue are. `runbook` names the page that says what to do. */
export interface HealthOut {
  version: string;
  core: string;
  /** RFC 3339 with microseconds and Z */
  started_at: string;
  uptime_s: number;
  mode: "cancel_only" | "halted" | "normal" | "read_only";
  wanted_mode: "cancel_only" | "halted" | "normal" | "read_only";
  reason: string | null;
  by: string | null;
  held: string | null;
  disk: "low" | "ok" | "reserve";
  disk_free_bytes: number;
  disk_total_bytes: number;
  memory_bytes: number;
  circuits: Record<string, "closed" | "half_open" | "open">;
  services: ServiceOut[];
  runbook: string | null;
}

/** That a leaf is in a Merkle log. `proof` is lowest first. `note` is the signed head of this size, where there is one. `record` is the event itself, for its own account only. */
export interface InclusionProof {
  kind: "inclusion";
  log: "events" | "trades";
  index: number;
  size: number;
  /** base64 */
  leaf_hash: string;
  /** base64 */
  root: string;
  proof: string[];
  note: string | null;
  trade?: TradeLeaf | null;
  shown?: TradeShown | null;
  record?: string | null;
}

/** An API key to make. `public_key`: PEM, of an ed25519 key. `networks`: from where it may be used, as CIDR; from anywhere if none is named. `account`: one of one's sub-accounts. */
export interface KeyIn {
  scopes: ("read" | "trade" | "withdraw")[];
  kind?: "ed25519" | "hmac";
  label?: string;
  networks?: string[];
  expires_at?: string | null;
  public_key?: string | null;
  account?: number | null;
}

/** An API key. Its secret was shown when it was made. */
export interface KeyOut {
  key: string;
  kind: "ed25519" | "hmac";
  scopes: string[];
  label: string;
  networks: string[];
  account: number;
  /** RFC 3339 with microseconds and Z */
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
}

/** Who signs. Each key is in the form verifiers of notes take: name+id+key. */
export interface Keys {
  log_id: string;
  /** base64 */
  public_key: string;
  events: string;
  trades: string;
  liabilities: string;
}

/** One's API keys, newest first. */
export interface KeysOut {
  keys: KeyOut[];
}

/** A candle; null before the first trade of the market. */
export interface KlineEvent {
  /** book:MARKET, trades:MARKET, ticker:MARKET, kline:MARKET:INTERVAL, status; after auth also orders, fills, balances, lists */
  channel: string;
  type: "snapshot" | "update";
  kline: StreamedKline | null;
}

/** A candle of [open_time, close_time). */
export interface KlineOut {
  /** RFC 3339 with microseconds and Z */
  open_time: string;
  /** RFC 3339 with microseconds and Z */
  close_time: string;
  /** a decimal number as a string */
  open: string;
  /** a decimal number as a string */
  high: string;
  /** a decimal number as a string */
  low: string;
  /** a decimal number as a string */
  close: string;
  /** a decimal number as a string */
  volume: string;
  /** a decimal number as a string */
  quote_volume: string;
  trades: number;
}

/** Candles, oldest first. */
export interface KlinesOut {
  klines: KlineOut[];
}

/** Whether every unit is where it should be, and how far the ledger has it on disk. `conserved`: of each asset what there is equals what came in less what left, in the engine, at `sequence`. `heads` and `liabilities` are what was published last. */
export interface LedgerReportOut {
  sequence: number;
  /** RFC 3339 with microseconds and Z */
  time: string;
  conserved: boolean;
  assets: AssetSumsOut[];
  ledger: LedgerState;
  heads: HeadSummaryOut[];
  liabilities: LiabilitySet[];
}

/** How far the ledger is behind. `doubted`: a follower found something that disagrees. */
export interface LedgerState {
  run: "off" | "process" | "thread";
  sequence: number;
  lag_commands: number;
  lag_events: number;
  lag_ms: number;
  stale_since: string | null;
  doubted: boolean;
}

/** An order in the short form of `POST /order`; numbers may also be JSON numbers. */
export interface LegacyOrderIn {
  /** in any case */
  order_type: "buy" | "sell";
  /** in any case */
  order_kind: "limit" | "market";
  market: string;
  price?: unknown;
  quantity?: unknown;
}

/** That an account's balances are in what was published. */
export interface LiabilityProof {
  kind: "liabilities";
  log_id: string;
  account: number;
  shares: Share[];
}

/** What was owed of an asset at a sequence: the top of a Merkle-sum tree. */
export interface LiabilitySet {
  kind: "liability_set";
  asset: string;
  asset_id: number;
  decimals: number;
  sequence: number;
  /** a whole number as a string */
  time_ns: string;
  total: string;
  /** a whole number as a string */
  total_units: string;
  leaves: number;
  /** base64 */
  root: string;
  /** a signed note: C2SP signed-note, Ed25519 */
  note: string;
}

/** What was published, newest first. */
export interface LiabilitySets {
  sets: LiabilitySet[];
  next_cursor: string | null;
}

/** Somebody at their limit now: an address, an account, or the first characters of a key. */
export interface LimitedOut {
  rate: string;
  who: string;
  used: number;
  limit: number;
  /** RFC 3339 with microseconds and Z */
  until: string;
}

/** Limits of an account's own, all of one market; null: the market's, `unlimited`: none. Without a market only `open_orders_total` can be set. */
export interface LimitsIn {
  reason: string;
  market?: string | null;
  order_notional?: string | null;
  open_orders?: number | "unlimited" | null;
  daily_notional?: string | null;
  stop_orders?: number | "unlimited" | null;
  position?: string | null;
  open_orders_total?: number | "unlimited" | null;
}

/** What an account may have in a market where it has no limit of its own; null is no limit. */
export interface LimitsOut {
  order_notional: string | null;
  open_orders: number | null;
  daily_notional: string | null;
  stop_orders: number | null;
  position: string | null;
}

/** One posting: how a balance changed, what it was after it, and why. */
export interface LineOut {
  posting: number;
  /** RFC 3339 with microseconds and Z */
  time: string;
  cause: "adjust_credit" | "adjust_debit" | "deposit" | "match_prevented" | "order_done" | "order_placed" | "order_replaced" | "trade" | "transfer" | "withdrawal_failed" | "withdrawal_final" | "withdrawal_requested";
  asset: string;
  purpose: "available" | "held" | "in_flight";
  /** a decimal number as a string */
  change: string;
  /** a decimal number as a string */
  balance: string;
  market: string | null;
  order_id: number | null;
  trade_id: number | null;
  withdrawal_id: number | null;
  counter_account: number | null;
  sequence: number;
  event_index: number;
}

/** Orders that belong together. `oco`: one of two. `oto`: the first, and what it places when filled. `otoco`: the first, and the oco that it places. */
export interface ListIn {
  market: string;
  /** in any case */
  kind: "oco" | "oto" | "otoco";
  orders: MemberIn[];
  client_order_id?: string | null;
  cancel_on_disconnect?: boolean;
}

/** A list with its orders, as they stand. */
export interface ListOut {
  list_id: number;
  kind: "oco" | "oto" | "otoco";
  market: string;
  client_order_id: string | null;
  status: "done" | "open";
  /** RFC 3339 with microseconds and Z */
  created_at: string;
  orders: OrderOut[];
}

/** A list as it stands. */
export interface ListReply {
  id: unknown;
  ok: true;
  result: ListOut;
}

/** One's lists as they stand; a snapshot has all of which something is open. */
export interface ListsEvent {
  channel: "lists";
  type: "snapshot" | "update";
  lists: ListOut[];
}

/** A page of lists. */
export interface ListsOut {
  lists: ListOut[];
  next_cursor: string | null;
}

/** Who logs in; `code` is of their second factor, where they have one. */
export interface LoginIn {
  email: string;
  password: string;
  name?: string | null;
  code?: string | null;
}

/** One attempt to log in. */
export interface LoginOut {
  /** RFC 3339 with microseconds and Z */
  time: string;
  address: string;
  agent: string;
  outcome: string;
}

/** The newest attempts, newest first. */
export interface LoginsOut {
  logins: LoginOut[];
}

/** What is to change of a market, at least one part of it, and why; another has to approve. */
export interface MarketChangeIn {
  reason: string;
  filters?: FiltersIn | null;
  fees?: FeesIn | null;
  tiers?: TierIn[] | null;
  bands?: BandsIn | null;
  schedule?: PlannedIn[] | null;
}

/** A market: what it traded in the last 24 hours, and the fees of this UTC day and the last. Fees are by asset, as far as the ledger has written them. */
export interface MarketDayOut {
  market: string;
  state: string;
  last_price: string | null;
  trades_24h: number;
  /** a decimal number as a string */
  volume_24h: string;
  quote: string;
  /** a decimal number as a string */
  quote_volume_24h: string;
  fees_today: Record<string, string>;
  fees_yesterday: Record<string, string>;
}

/** A market to define; it opens at once. */
export interface MarketIn {
  symbol: string;
  /** a decimal number above 0 as a string */
  tick: string;
  /** a decimal number above 0 as a string */
  lot: string;
  base?: string | null;
  quote?: string | null;
  fee_asset?: "quote" | "received";
  maker_ppm?: number;
  taker_ppm?: number;
  min_quantity?: string | null;
  max_quantity?: string | null;
  market_max_quantity?: string | null;
  min_notional?: string | null;
  max_notional?: string | null;
  order_notional_limit?: string | null;
  daily_notional_limit?: string | null;
  open_orders_limit?: number | null;
  allow_self_trade?: boolean;
}

/** A market's rules. A maximum of null is none. */
export interface MarketOut {
  market: string;
  base: string;
  quote: string;
  /** a decimal number as a string */
  tick: string;
  /** a decimal number as a string */
  lot: string;
  /** a decimal number as a string */
  min_quantity: string;
  max_quantity: string | null;
  market_max_quantity: string | null;
  /** a decimal number as a string */
  min_notional: string;
  max_notional: string | null;
  fee_asset: "quote" | "received";
  maker_ppm: number;
  taker_ppm: number;
  state: string;
  version: number;
}

/** To which state a market is to move at once, and why. `reference`: of an uncross, the price that is taken where volume and surplus leave a choice. */
export interface MarketStateIn {
  state: "auction" | "cancel_only" | "closed" | "halted" | "pre_open" | "trading";
  reason: string;
  reference?: string | null;
}

/** All markets. */
export interface MarketsOut {
  markets: MarketOut[];
}

/** Oneself. */
export interface MeOut {
  user_id: number;
  email: string;
  /** RFC 3339 with microseconds and Z */
  created_at: string;
  second_factor: boolean;
  roles: string[];
  withdrawals_held_until: string | null;
}

/** An order of a list. */
export interface MemberIn {
  /** in any case */
  side: "buy" | "sell";
  /** a decimal number above 0 as a string */
  quantity: string;
  /** in any case */
  type?: "limit" | "market" | "stop_limit" | "stop_market" | "take_profit_limit" | "take_profit_market" | "trailing_stop";
  price?: string | null;
  time_in_force?: "gtc" | "ioc" | "fok" | "gtd" | "day" | null;
  post_only?: boolean;
  /** in any case */
  self_trade_prevention?: "expire_taker" | "expire_maker" | "expire_both" | "decrement" | "none";
  stop_price?: string | null;
  trailing_percent?: string | null;
  display_quantity?: string | null;
  expires_at?: string | number | null;
}

/** What the venue is to take in from now on, and why. */
export interface ModeIn {
  mode: "cancel_only" | "halted" | "normal" | "read_only";
  reason: string;
}

/** What the venue takes in. `request` is what another has to approve where money may be wrong. Its trading goes on then only once it was approved. */
export interface ModeOut {
  mode: "cancel_only" | "halted" | "normal" | "read_only";
  wanted_mode: "cancel_only" | "halted" | "normal" | "read_only";
  request: RequestOut | null;
}

/** A list, by its id: that of its first order. */
export interface NamedList {
  list_id: number;
}

/** An API key that was made; `secret` is shown this once, and null for an ed25519 key. */
export interface NewKeyOut {
  key: string;
  kind: "ed25519" | "hmac";
  scopes: string[];
  label: string;
  networks: string[];
  account: number;
  /** RFC 3339 with microseconds and Z */
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
  secret: string | null;
}

/** A market to define, closed at first, and why; another has to approve. */
export interface NewMarketIn {
  reason: string;
  symbol: string;
  /** a decimal number above 0 as a string */
  tick: string;
  /** a decimal number above 0 as a string */
  lot: string;
  base?: string | null;
  quote?: string | null;
  fee_asset?: "quote" | "received";
  maker_ppm?: number;
  taker_ppm?: number;
  min_quantity?: string | null;
  max_quantity?: string | null;
  market_max_quantity?: string | null;
  min_notional?: string | null;
  max_notional?: string | null;
  order_notional_limit?: string | null;
  daily_notional_limit?: string | null;
  open_orders_limit?: number | null;
  allow_self_trade?: boolean;
}

/** A market that was defined. */
export interface NewMarketOut {
  market: string;
  state: string;
}

/** An order. Which fields go with which type: see the guide, `docs/guide/api-orders.md`. */
export interface NewOrder {
  market: string;
  /** in any case */
  side: "buy" | "sell";
  /** in any case */
  type?: "limit" | "market" | "stop_limit" | "stop_market" | "take_profit_limit" | "take_profit_market" | "trailing_stop" | "pegged" | "twap";
  price?: string | null;
  quantity?: string | null;
  budget?: string | null;
  time_in_force?: "gtc" | "ioc" | "fok" | "gtd" | "day" | null;
  post_only?: boolean;
  /** in any case */
  self_trade_prevention?: "expire_taker" | "expire_maker" | "expire_both" | "decrement" | "none";
  client_order_id?: string | null;
  stop_price?: string | null;
  trailing_percent?: string | null;
  protection_price?: string | null;
  display_quantity?: string | null;
  slide?: boolean;
  expires_at?: string | number | null;
  peg?: "bid" | "ask" | "mid" | null;
  peg_offset?: string | null;
  slices?: number | null;
  slice_interval_ms?: number | null;
  cancel_on_disconnect?: boolean;
}

/** What a wallet's message has to name: a nonce that is good once, and the domain. */
export interface NonceOut {
  nonce: string;
  domain: string;
  /** RFC 3339 with microseconds and Z */
  expires_at: string;
}

/** One trade of an order; the fee is in the order's fee asset, a negative one is a rebate. */
export interface OrderFillOut {
  trade_id: number;
  /** a decimal number as a string */
  price: string;
  /** a decimal number as a string */
  quantity: string;
  /** a decimal number as a string */
  fee: string;
  liquidity: "maker" | "taker";
  /** RFC 3339 with microseconds and Z */
  time: string;
}

/** An order; `user_id` is accepted if it is the caller's own. */
export interface OrderIn {
  market: string;
  /** in any case */
  side: "buy" | "sell";
  /** in any case */
  type?: "limit" | "market" | "stop_limit" | "stop_market" | "take_profit_limit" | "take_profit_market" | "trailing_stop" | "pegged" | "twap";
  price?: string | null;
  quantity?: string | null;
  budget?: string | null;
  time_in_force?: "gtc" | "ioc" | "fok" | "gtd" | "day" | null;
  post_only?: boolean;
  /** in any case */
  self_trade_prevention?: "expire_taker" | "expire_maker" | "expire_both" | "decrement" | "none";
  client_order_id?: string | null;
  stop_price?: string | null;
  trailing_percent?: string | null;
  protection_price?: string | null;
  display_quantity?: string | null;
  slide?: boolean;
  expires_at?: string | number | null;
  peg?: "bid" | "ask" | "mid" | null;
  peg_offset?: string | null;
  slices?: number | null;
  slice_interval_ms?: number | null;
  cancel_on_disconnect?: boolean;
  user_id?: number | string | null;
}

/** An order as it stands. What comes after `fills` is there only where the order has it. `waiting`: it is open, but not in the book. `triggered` is null where nobody knows any more. */
export interface OrderOut {
  order_id: number;
  client_order_id: string | null;
  market: string;
  side: "buy" | "sell";
  type: "limit" | "market" | "pegged" | "stop_limit" | "stop_market" | "take_profit_limit" | "take_profit_market" | "trailing_stop" | "twap";
  time_in_force: "day" | "fok" | "gtc" | "gtd" | "ioc";
  post_only: boolean;
  price: string | null;
  quantity: string | null;
  budget: string | null;
  /** a decimal number as a string */
  filled_quantity: string;
  /** a decimal number as a string */
  remaining_quantity: string;
  average_price: string | null;
  /** a decimal number as a string */
  quote_filled: string;
  /** a decimal number as a string */
  fee: string;
  fee_asset: string;
  status: "cancelled" | "expired" | "filled" | "open" | "partially_filled" | "rejected";
  reason: string | null;
  /** RFC 3339 with microseconds and Z */
  created_at: string;
  /** RFC 3339 with microseconds and Z */
  updated_at: string;
  sequence: number;
  fills: OrderFillOut[];
  stop_price?: string | null;
  trailing_percent?: string | null;
  triggered?: boolean | null;
  triggered_at?: string | null;
  protection_price?: string | null;
  display_quantity?: string | null;
  slide?: boolean;
  expires_at?: string | null;
  peg?: "ask" | "bid" | "mid" | null;
  peg_offset?: string | null;
  pegged_price?: string | null;
  slices?: number | null;
  slice_interval_ms?: number | null;
  cancel_on_disconnect?: boolean;
  list_id?: number | null;
  list_kind?: "oco" | "oto" | "otoco" | null;
  waiting?: boolean;
}

/** An order as it stands. */
export interface OrderReply {
  id: unknown;
  ok: true;
  result: OrderOut;
}

/** One's orders as they stand; a snapshot has all that are open. */
export interface OrdersEvent {
  channel: "orders";
  type: "snapshot" | "update";
  orders: OrderOut[];
}

/** A page of orders. */
export interface OrdersOut {
  orders: OrderOut[];
  next_cursor: string | null;
}

/** The venue in numbers. Those per second are of the last ten seconds. */
export interface OverviewOut {
  /** RFC 3339 with microseconds and Z */
  time: string;
  sequence: number;
  mode: "cancel_only" | "halted" | "normal" | "read_only";
  people: number;
  accounts: number;
  open_orders: number;
  commands: number;
  commands_per_second: number;
  trades: number;
  trades_per_second: number;
  waiting_requests: number;
  waiting_withdrawals: number;
  markets: MarketDayOut[];
  assets: AssetSumsOut[];
}

/** A new password; the old one shows that it is oneself. */
export interface PasswordIn {
  password: string;
  new_password: string;
}

/** A node beside the way up, and on which side it is. */
export interface PathStep {
  /** base64 */
  hash: string;
  /** a whole number as a string */
  sum_units: string;
  side: "left" | "right";
}

/** Ask for a pong. */
export interface PingMessage {
  id?: unknown;
  op: "ping";
}

/** Place a list: OCO, OTO, OTOCO. */
export interface PlaceListMessage {
  id?: unknown;
  op: "list.place";
  args: ListIn;
}

/** Place an order. */
export interface PlaceMessage {
  id?: unknown;
  op: "order.place";
  args: NewOrder;
}

/** At a time of the UTC day, as HH:MM:SS, the market moves to a state. */
export interface PlannedIn {
  time: string;
  state: "auction" | "cancel_only" | "closed" | "halted" | "pre_open" | "trading";
}

/** At a time of the UTC day, as HH:MM:SS, the market moves to a state. */
export interface PlannedOut {
  time: string;
  state: string;
}

/** A pong. */
export interface PongReply {
  id: unknown;
  ok: true;
  result: "pong";
}

/** One's password, once more. */
export interface ProofIn {
  password: string;
}

/** What was published just now. */
export interface PublishedOut {
  sequence: number;
  liabilities: LiabilitySet[];
}

/** So many in an interval; `cancels_besides`: so many more of what only cancels. */
export interface RateOut {
  name: string;
  limit: number | "unlimited";
  interval_s: number;
  cancels_besides: number | "unlimited";
}

/** How much anybody may ask, and who may not just now. */
export interface RatesOut {
  rates: RateOut[];
  sockets_per_account: number | "unlimited";
  refusals: number;
  shut_outs: number;
  limited: LimitedOut[];
  shut_out: ShutOutOut[];
}

/** Why. */
export interface ReasonIn {
  reason: string;
}

/** Codes for whoever loses their authenticator, each good once. They are shown this once. */
export interface RecoveryOut {
  recovery_codes: string[];
}

/** A refresh token, good once. */
export interface RefreshIn {
  refresh_token: string;
}

/** A refusal. One without an id comes before the venue closes the connection. */
export interface RefusalReply {
  id: unknown;
  ok: false;
  error: ErrorBody;
}

/** Arm, renew or disarm the dead man's switch. */
export interface RenewSwitchMessage {
  id?: unknown;
  op: "switch.renew";
  args: SwitchIn;
}

/** A new price, a new total quantity, or both. With `keep_priority` it is refused if the order would lose its place in the queue. */
export interface ReplaceIn {
  order_id?: number | null;
  client_order_id?: string | null;
  market?: string | null;
  price?: string | null;
  quantity?: string | null;
  cancel_first?: boolean;
  keep_priority?: boolean;
}

/** Replace an order. */
export interface ReplaceMessage {
  id?: unknown;
  op: "order.replace";
  args: ReplaceIn;
}

/** What a cancel-replace did; nothing was cancelled where that is null. */
export interface ReplacedOut {
  cancelled: OrderOut | null;
  order: OrderOut;
}

/** What a cancel-replace did. */
export interface ReplacedReply {
  id: unknown;
  ok: true;
  result: ReplacedOut;
}

/** What another has to approve. `adjust`: `amount` of `asset` is given to `account`, or taken where it begins with a minus. `reset_factor`: the second factor of `account` is taken away. */
export interface RequestIn {
  act: "adjust" | "reset_factor";
  account: number;
  reason: string;
  asset?: string | null;
  amount?: string | null;
}

/** What one of the staff has asked, and what became of it. */
export interface RequestOut {
  request: number;
  act: string;
  account: number;
  details: Record<string, unknown>;
  reason: string;
  asked_by: number;
  /** RFC 3339 with microseconds and Z */
  asked_at: string;
  decided_by: number | null;
  decided_at: string | null;
  state: "approved" | "asked" | "done" | "failed" | "refused";
}

/** Requests, newest first. */
export interface RequestsOut {
  requests: RequestOut[];
}

/** What a reset did. */
export interface ResetOut {
  accounts: number;
  open_orders: number;
}

/** What holds trading back: the mode, own limits of accounts, rates, and the guard's limits. Bands and breakers of each market are told with the markets. */
export interface RiskOut {
  mode: "cancel_only" | "halted" | "normal" | "read_only";
  wanted_mode: "cancel_only" | "halted" | "normal" | "read_only";
  held: string | null;
  concerns: string[];
  ledger_lag_s_max: number;
  ledger_lag_events_max: number;
  disk_reserve_bytes: number;
  limits: AccountLimitsOut[];
  rates: RatesOut;
}

/** The roles that somebody is to have, and no others; none takes them all away. */
export interface RolesIn {
  roles: ("admin" | "finance" | "risk" | "support")[];
  reason: string;
}

/** What shows that it was sent: the hash of a transaction, or a bank's reference. */
export interface SentIn {
  reference: string;
}

/** A part of the venue: how it is, and its numbers by name, each with its unit at its end. */
export interface ServiceOut {
  service: string;
  state: "degraded" | "down" | "off" | "ok";
  detail: string | null;
  facts: Record<string, number | string | boolean | null>;
}

/** One of one's sessions. */
export interface SessionItemOut {
  session: string;
  current: boolean;
  /** RFC 3339 with microseconds and Z */
  created_at: string;
  /** RFC 3339 with microseconds and Z */
  renewed_at: string;
  /** RFC 3339 with microseconds and Z */
  expires_at: string;
  address: string;
  agent: string;
}

/** A session. `refresh_token` is empty where it went into a cookie. */
export interface SessionOut {
  token: string;
  /** RFC 3339 with microseconds and Z */
  expires_at: string;
  user_id: number;
  refresh_token: string;
}

/** One's open sessions, newest first. */
export interface SessionsOut {
  sessions: SessionItemOut[];
}

/** One's own balance in the published total of an asset. */
export interface Share {
  asset: string;
  asset_id: number;
  decimals: number;
  sequence: number;
  /** a whole number as a string */
  time_ns: string;
  amount: string;
  /** a whole number as a string */
  amount_units: string;
  /** base64 */
  salt: string;
  place: number;
  leaves: number;
  path: PathStep[];
  /** a whole number as a string */
  total_units: string;
  /** base64 */
  root: string;
  /** a signed note: C2SP signed-note, Ed25519 */
  note: string;
}

/** An address that is shut out. */
export interface ShutOutOut {
  address: string;
  /** RFC 3339 with microseconds and Z */
  until: string;
}

/** The state after a sequence, on disk; `digest` is its SHA-256, null where it is damaged. */
export interface SnapshotOut {
  sequence: number;
  digest: string | null;
  fault: string | null;
}

/** What recovery would start from, newest first; how many were taken and lost since the start. `every_commands`: after so many commands one is taken; 0: at the end alone. */
export interface SnapshotsOut {
  snapshots: SnapshotOut[];
  every_commands: number;
  taken: number;
  failed: number;
}

/** How many orders were cancelled. */
export interface StaffCancelledOut {
  cancelled: number;
}

/** A market: its rules as everybody sees them, and what only staff does. */
export interface StaffMarketOut {
  rules: MarketOut;
  auction_ppm: number;
  allow_self_trade: boolean;
  protection_ppm: number;
  limits: LimitsOut;
  bands: BandsOut;
  tiers: TierOut[];
  schedule: PlannedOut[];
  until: string | null;
  open_orders: number;
  last_price: string | null;
}

/** All markets, by number. */
export interface StaffMarketsOut {
  markets: StaffMarketOut[];
}

/** An order as staff sees it. */
export interface StaffOrderOut {
  order_id: number;
  account: number;
  client_order_id: string | null;
  market: string;
  side: "buy" | "sell";
  kind: "limit" | "market";
  time_in_force: string;
  price: string | null;
  quantity: string | null;
  /** a decimal number as a string */
  filled_quantity: string;
  /** a decimal number as a string */
  remaining_quantity: string;
  /** a decimal number as a string */
  quote_filled: string;
  /** a decimal number as a string */
  fee: string;
  fee_asset: string;
  status: string;
  reason: string | null;
  waiting: boolean;
  /** RFC 3339 with microseconds and Z */
  created_at: string;
  /** RFC 3339 with microseconds and Z */
  updated_at: string;
}

/** Which orders to cancel: one, all of an account, all of a market, or of one in the other. */
export interface StaffOrdersCancelIn {
  reason: string;
  order_id?: number | null;
  account?: number | null;
  market?: string | null;
}

/** Orders that were looked for, newest first. */
export interface StaffOrdersOut {
  orders: StaffOrderOut[];
  next_cursor: string | null;
}

/** Somebody, as staff sees them. */
export interface StaffPersonOut {
  user_id: number;
  email: string;
  /** RFC 3339 with microseconds and Z */
  created_at: string;
  status: string;
  second_factor: boolean;
  roles: string[];
  sessions: number;
  withdrawals_held_until: string | null;
}

/** Everything that staff may see of somebody. Open orders are a call of their own. */
export interface StaffPersonWholeOut {
  person: StaffPersonOut;
  balances: BalanceOut[];
  open_orders: number;
  limits: AccountLimitsOut[];
  logins: LoginOut[];
  sessions: SessionItemOut[];
  keys: KeyOut[];
  wallets: WalletOut[];
  sub_accounts: SubAccountOut[];
  credentials_changed_at: string | null;
}

/** A withdrawal as staff works on it. It can be sent once two have approved it. `held_until`: its owner has changed credentials meanwhile, so look twice. */
export interface StaffWithdrawalOut {
  withdrawal: number;
  client_withdrawal_id: string;
  asset: string;
  /** a decimal number as a string */
  amount: string;
  address: string;
  memo: string | null;
  state: "approved" | "cancelled" | "failed" | "rejected" | "requested" | "sent";
  funds: "in_flight" | "left" | "returned";
  reason: string | null;
  reference: string | null;
  /** RFC 3339 with microseconds and Z */
  created_at: string;
  /** RFC 3339 with microseconds and Z */
  updated_at: string;
  account: number;
  owner: number;
  email: string;
  approvals: ApprovalOut[];
  can_be_sent: boolean;
  held_until: string | null;
  closed_by: number | null;
}

/** Withdrawals, newest first. */
export interface StaffWithdrawalsOut {
  withdrawals: StaffWithdrawalOut[];
  next_cursor: string | null;
}

/** Whether the venue lives, and what it accepts. `reason`, `by` and `since` are the mode's. `circuits` says of each store whether it answers: closed; open, and nobody asks it for a while; half_open, and one call finds out. */
export interface StateOut {
  status: string;
  version: string;
  core: string;
  mode: string;
  development: boolean;
  sequence: number;
  circuits: Record<string, string>;
  reason: string | null;
  by: string | null;
  since: string | null;
}

/** A page of a statement, newest first; one that was filtered may be short and yet go on. */
export interface StatementOut {
  statement: LineOut[];
  next_cursor: string | null;
}

/** What a market traded on a UTC day. */
export interface StatisticsDayOut {
  day: string;
  market: string;
  /** a decimal number as a string */
  open: string;
  /** a decimal number as a string */
  high: string;
  /** a decimal number as a string */
  low: string;
  /** a decimal number as a string */
  close: string;
  trades: number;
  /** a decimal number as a string */
  volume: string;
  /** a decimal number as a string */
  quote_volume: string;
}

/** A page of days, newest first. */
export interface StatisticsOut {
  statistics: StatisticsDayOut[];
  next_cursor: string | null;
}

/** The venue's mode, and the sequence of the command that set it. */
export interface StatusEvent {
  channel: "status";
  type: "snapshot" | "update";
  mode: "cancel_only" | "halted" | "normal" | "read_only";
  sequence: number;
}

/** What an account may do from now on. */
export interface StatusIn {
  status: "active" | "frozen" | "reduce_only";
  reason: string;
}

/** How the venue is. `wanted_mode` is what its operator wants, `held` why the venue's guard is stricter. `durability` full: what was answered is on disk. `disk`: ok, low, or reserve, which takes nothing new. `runbook` names the page of the documentation that says what to do, where there is something. */
export interface StatusOut {
  status: string;
  version: string;
  core: string;
  mode: string;
  development: boolean;
  sequence: number;
  circuits: Record<string, string>;
  reason: string | null;
  by: string | null;
  since: string | null;
  ready: boolean;
  wanted_mode: string;
  held: string | null;
  durability: "full";
  log_id: string;
  ledger: LedgerState;
  disk: string;
  runbook: string | null;
}

/** A candle; `closed` once it does not change any more. */
export interface StreamedKline {
  /** RFC 3339 with microseconds and Z */
  open_time: string;
  /** RFC 3339 with microseconds and Z */
  close_time: string;
  /** a decimal number as a string */
  open: string;
  /** a decimal number as a string */
  high: string;
  /** a decimal number as a string */
  low: string;
  /** a decimal number as a string */
  close: string;
  /** a decimal number as a string */
  volume: string;
  /** a decimal number as a string */
  quote_volume: string;
  trades: number;
  closed: boolean;
}

/** A sub-account to open. */
export interface SubAccountIn {
  label?: string;
}

/** A sub-account: an account beside one's own, spoken for by keys made for it. */
export interface SubAccountOut {
  account: number;
  label: string;
  /** RFC 3339 with microseconds and Z */
  created_at: string;
}

/** One's sub-accounts. */
export interface SubAccountsOut {
  sub_accounts: SubAccountOut[];
}

/** Follow channels; each begins with a snapshot. Once more brings another snapshot. */
export interface SubscribeMessage {
  id?: unknown;
  op: "subscribe";
  channels: string[];
}

/** In how many milliseconds all orders are cancelled unless this is sent again; 0 for never. */
export interface SwitchIn {
  timeout_ms: number;
}

/** The switch: when it cancels everything, null where it is not armed. */
export interface SwitchOut {
  timeout_ms: number;
  expires_at: string | null;
}

/** The dead man's switch. */
export interface SwitchReply {
  id: unknown;
  ok: true;
  result: SwitchOut;
}

/** A snapshot that is being written. */
export interface TakenOut {
  sequence: number;
}

/** The last 24 hours of a market. */
export interface TickerEvent {
  /** book:MARKET, trades:MARKET, ticker:MARKET, kline:MARKET:INTERVAL, status; after auth also orders, fills, balances, lists */
  channel: string;
  type: "snapshot" | "update";
  ticker: TickerOut;
}

/** A market over the last 24 hours. */
export interface TickerOut {
  market: string;
  last_price: string | null;
  best_bid: string | null;
  best_ask: string | null;
  open_price: string | null;
  high_price: string | null;
  low_price: string | null;
  /** a decimal number as a string */
  volume: string;
  /** a decimal number as a string */
  quote_volume: string;
  price_change: string | null;
  price_change_percent: string | null;
  trades: number;
  /** RFC 3339 with microseconds and Z */
  time: string;
}

/** All tickers. */
export interface TickersOut {
  tickers: TickerOut[];
}

/** Rates from a volume of 30 days on, in the quote asset. */
export interface TierIn {
  /** a decimal number above 0 as a string */
  volume: string;
  maker_ppm: number;
  taker_ppm: number;
}

/** Rates from a volume of 30 days on, in the quote asset. */
export interface TierOut {
  /** a decimal number as a string */
  volume: string;
  maker_ppm: number;
  taker_ppm: number;
}

/** A leaf of the log `trades`. */
export interface TradeEntry {
  index: number;
  /** base64 */
  leaf_hash: string;
  trade: TradeLeaf;
}

/** The public facts of a trade, which are its leaf: 45 bytes, big-endian, in this order. */
export interface TradeLeaf {
  market: number;
  trade_id: number;
  sequence: number;
  /** a whole number as a string */
  time_ns: string;
  /** a whole number as a string */
  price_ticks: string;
  /** a whole number as a string */
  lots: string;
  taker_side: "buy" | "sell";
}

/** A public trade; `side` is the taker's. */
export interface TradeOut {
  trade_id: number;
  /** a decimal number as a string */
  price: string;
  /** a decimal number as a string */
  quantity: string;
  side: "buy" | "sell";
  /** RFC 3339 with microseconds and Z */
  time: string;
}

/** The same trade for people. Nothing of this is proven. */
export interface TradeShown {
  market: string;
  price: string;
  quantity: string;
  time: string;
}

/** Public trades, newest first. */
export interface TradesOut {
  trades: TradeOut[];
}

/** The last trades, oldest first; `sequence` is the id of the last one. */
export interface TradesSnapshot {
  /** book:MARKET, trades:MARKET, ticker:MARKET, kline:MARKET:INTERVAL, status; after auth also orders, fills, balances, lists */
  channel: string;
  type: "snapshot";
  sequence: number;
  trades: TradeOut[];
}

/** Every trade since the message before, oldest first. */
export interface TradesUpdate {
  /** book:MARKET, trades:MARKET, ticker:MARKET, kline:MARKET:INTERVAL, status; after auth also orders, fills, balances, lists */
  channel: string;
  type: "update";
  previous: number;
  sequence: number;
  trades: TradeOut[];
}

/** One entry of the trail; `actor` 0 is the venue or its operator. */
export interface TrailEntryOut {
  number: number;
  /** RFC 3339 with microseconds and Z */
  time: string;
  actor: number;
  act: string;
  subject: number;
  address: string;
  details: Record<string, unknown>;
  hash: string;
}

/** Entries of the trail, oldest first. */
export interface TrailOut {
  entries: TrailEntryOut[];
}

/** Whether the trail is what was written: `findings` says what is not. `head` is to be kept elsewhere, and compared. */
export interface TrailStateOut {
  sound: boolean;
  entries: number;
  head: string;
  findings: string[];
}

/** What moved outside of trading; `change` is what it did to the available balance. */
export interface TransferOut {
  /** RFC 3339 with microseconds and Z */
  time: string;
  cause: "adjust_credit" | "adjust_debit" | "deposit" | "transfer" | "withdrawal_failed" | "withdrawal_final" | "withdrawal_requested";
  asset: string;
  /** a decimal number as a string */
  amount: string;
  /** a decimal number as a string */
  change: string;
  counter_account: number | null;
  withdrawal_id: number | null;
  sequence: number;
  event_index: number;
}

/** A page of transfers, newest first. */
export interface TransfersOut {
  transfers: TransferOut[];
  next_cursor: string | null;
}

/** Follow channels no more. */
export interface UnsubscribeMessage {
  id?: unknown;
  op: "unsubscribe";
  channels: string[];
}

/** What an account traded in a market on a UTC day, and the fees less rebates it paid. */
export interface VolumeDayOut {
  day: string;
  market: string;
  trades: number;
  /** a decimal number as a string */
  volume: string;
  /** a decimal number as a string */
  quote_volume: string;
  base: string;
  /** a decimal number as a string */
  base_fee: string;
  quote: string;
  /** a decimal number as a string */
  quote_fee: string;
}

/** A page of days, newest first. */
export interface VolumeOut {
  volume: VolumeDayOut[];
  next_cursor: string | null;
}

/** A message of EIP-4361 and its signature: 0x and 130 hexadecimal digits. */
export interface WalletIn {
  message: string;
  signature: string;
}

/** A key that a wallet allows to trade: what it has signed by EIP-712, and the signature. */
export interface WalletKeyIn {
  wallet: string;
  chain_id: number;
  public_key: string;
  scopes: string[];
  expires: string;
  nonce: string;
  signature: string;
  key_type?: string;
  markets?: string[];
  cap?: string;
  cap_asset?: string;
}

/** Who logs in with a wallet; `code` is of their second factor, where they have one. */
export interface WalletLoginIn {
  message: string;
  signature: string;
  code?: string | null;
}

/** A wallet that lets one in. */
export interface WalletOut {
  address: string;
  /** RFC 3339 with microseconds and Z */
  created_at: string;
}

/** One's wallets. */
export interface WalletsOut {
  wallets: WalletOut[];
}

/** A withdrawal to ask for. The same `client_withdrawal_id` again is the same withdrawal. */
export interface WithdrawalIn {
  asset: string;
  /** a decimal number above 0 as a string */
  amount: string;
  /** where it goes: 3 to 128 printable ASCII characters without a space */
  address: string;
  /** 1 to 36 of A-Z a-z 0-9 _ - */
  client_withdrawal_id: string;
  memo?: string | null;
}

/** A withdrawal as it stands. `reason` is why it was rejected or could not be sent, `reference` what staff wrote down when it was sent, such as the hash of a transaction. */
export interface WithdrawalOut {
  withdrawal: number;
  client_withdrawal_id: string;
  asset: string;
  /** a decimal number as a string */
  amount: string;
  address: string;
  memo: string | null;
  state: "approved" | "cancelled" | "failed" | "rejected" | "requested" | "sent";
  funds: "in_flight" | "left" | "returned";
  reason: string | null;
  reference: string | null;
  /** RFC 3339 with microseconds and Z */
  created_at: string;
  /** RFC 3339 with microseconds and Z */
  updated_at: string;
}

/** One's withdrawals, newest first. */
export interface WithdrawalsOut {
  withdrawals: WithdrawalOut[];
  next_cursor: string | null;
}

/** What goes into each call and what comes out of it. */
export interface Calls {
  assets: { gives: AssetsOut };
  balances: { gives: BalancesOut };
  batch: { body: BatchIn; gives: BatchOut };
  beneficiaries: { gives: BeneficiariesOut };
  cancel: { body: CancelIn; query: { order_id?: number; client_order_id?: string; market?: string; symbol?: string }; gives: OrderOut };
  cancel_all: { body: CancelAllIn; query: { market?: string; symbol?: string; side?: "buy" | "sell" }; gives: CancelledOut };
  cancel_list: { path: { list_id: number }; gives: ListOut };
  cancel_replace: { body: CancelReplaceIn; gives: ReplacedOut };
  cancel_withdrawal: { path: { withdrawal: number }; gives: WithdrawalOut };
  change_password: { body: PasswordIn; gives: DoneOut };
  confirm_factor: { body: CodeIn; gives: RecoveryOut };
  dead_man_switch: { body: SwitchIn; gives: SwitchOut };
  depth: { query: { market?: string; symbol?: string; limit?: number }; gives: DepthOut };
  end_session: { path: { session: string }; gives: DoneOut };
  end_sessions: { gives: EndedOut };
  events_consistency: { query: { first?: number; second?: number }; gives: ConsistencyProof };
  events_head: { gives: HeadProof };
  events_heads: { query: { limit?: number; cursor?: string }; gives: HeadsPage };
  events_inclusion: { query: { index?: number; size?: number }; gives: InclusionProof };
  export: { query: { format?: "csv" | "parquet"; start_time?: string; end_time?: string }; path: { table: "orders" | "fills" | "transfers" | "statement" | "volume" }; gives: string };
  faucet: { body: FaucetIn; gives: BalancesOut };
  fills: { query: { market?: string; symbol?: string; start_time?: string; end_time?: string; limit?: number; cursor?: string }; gives: FillsOut };
  give_code: { body: CodeIn; gives: DoneOut };
  health: { gives: StateOut };
  keys: { gives: KeysOut };
  klines: { query: { market?: string; symbol?: string; interval?: "1s" | "1m" | "3m" | "5m" | "15m" | "30m" | "1h" | "2h" | "4h" | "6h" | "8h" | "12h" | "1d" | "3d" | "1w" | "1M"; start_time?: string; end_time?: string; limit?: number }; gives: KlinesOut };
  liabilities: { query: { limit?: number; cursor?: string }; gives: LiabilitySets };
  link_wallet: { body: WalletIn; gives: WalletOut };
  list: { path: { list_id: number }; gives: ListOut };
  lists: { query: { market?: string; symbol?: string; limit?: number; cursor?: string }; gives: ListsOut };
  login: { body: LoginIn; gives: SessionOut };
  logins: { gives: LoginsOut };
  logout: { gives: DoneOut };
  markets: { query: { market?: string; symbol?: string }; gives: MarketsOut };
  me: { gives: MeOut };
  metrics: { gives: string };
  my_liabilities: { query: { sequence?: number }; gives: LiabilityProof };
  new_asset: { body: AssetIn; gives: AssetOut };
  new_beneficiary: { body: BeneficiaryIn; gives: BeneficiaryOut };
  new_factor: { body: ProofIn; gives: FactorOut };
  new_key: { body: KeyIn; gives: NewKeyOut };
  new_market: { body: MarketIn; gives: NewMarketOut };
  new_sub_account: { body: SubAccountIn; gives: SubAccountOut };
  open_orders: { query: { market?: string; symbol?: string; side?: "buy" | "sell"; limit?: number; cursor?: string }; gives: OrdersOut };
  order: { path: { order_id: number }; gives: OrderOut };
  orders: { query: { market?: string; symbol?: string; start_time?: string; end_time?: string; limit?: number; cursor?: string }; gives: OrdersOut };
  place: { body: OrderIn; gives: OrderOut };
  place_list: { body: ListIn; gives: ListOut };
  place_short: { body: LegacyOrderIn; gives: OrderOut };
  proof_keys: { gives: Keys };
  ready: { gives: StateOut };
  refresh: { body: RefreshIn; gives: SessionOut };
  register: { body: Credentials; gives: SessionOut };
  remove_beneficiary: { path: { beneficiary: number }; gives: DoneOut };
  remove_factor: { body: ProofIn; gives: DoneOut };
  replace: { body: ReplaceIn; gives: OrderOut };
  reset: { gives: ResetOut };
  revoke_key: { path: { key: string }; gives: KeyOut };
  sessions: { gives: SessionsOut };
  staff_approve: { path: { request: number }; gives: RequestOut };
  staff_approve_withdrawal: { path: { withdrawal: number }; gives: StaffWithdrawalOut };
  staff_ask: { body: RequestIn; gives: RequestOut };
  staff_bots: { gives: BotsOut };
  staff_cancel_orders: { body: StaffOrdersCancelIn; gives: StaffCancelledOut };
  staff_change_bot: { body: BotParametersIn; path: { bot: string }; gives: BotOut };
  staff_change_market: { body: MarketChangeIn; path: { market: string }; gives: RequestOut };
  staff_deposit: { body: DepositIn; gives: RequestOut };
  staff_deposits: { query: { limit?: number; cursor?: string }; gives: DepositsOut };
  staff_digest: { query: { sequence?: number }; gives: DigestOut };
  staff_directory: { query: { query?: string; role?: "support" | "risk" | "finance" | "admin"; limit?: number; cursor?: string }; gives: DirectoryOut };
  staff_end_sessions: { path: { account: number }; gives: EndedOut };
  staff_failed_withdrawal: { body: ReasonIn; path: { withdrawal: number }; gives: StaffWithdrawalOut };
  staff_health: { gives: HealthOut };
  staff_ledger: { gives: LedgerReportOut };
  staff_limits: { body: LimitsIn; path: { account: number }; gives: StaffPersonWholeOut };
  staff_market_state: { body: MarketStateIn; path: { market: string }; gives: StaffMarketOut };
  staff_markets: { gives: StaffMarketsOut };
  staff_mode: { body: ModeIn; gives: ModeOut };
  staff_new_market: { body: NewMarketIn; gives: RequestOut };
  staff_orders: { query: { market?: string; account?: number; open?: "true" | "false"; order_id?: number; client_order_id?: string; limit?: number; cursor?: string }; gives: StaffOrdersOut };
  staff_overview: { gives: OverviewOut };
  staff_person: { query: { email?: string }; gives: StaffPersonOut };
  staff_person_whole: { path: { account: number }; gives: StaffPersonWholeOut };
  staff_publish: { gives: PublishedOut };
  staff_refuse: { path: { request: number }; gives: RequestOut };
  staff_reject_withdrawal: { body: ReasonIn; path: { withdrawal: number }; gives: StaffWithdrawalOut };
  staff_requests: { query: { state?: string; limit?: number }; gives: RequestsOut };
  staff_retire_market: { body: ReasonIn; path: { market: string }; gives: RequestOut };
  staff_retry_withdrawal: { path: { withdrawal: number }; gives: StaffWithdrawalOut };
  staff_revoke_key: { path: { account: number; key: string }; gives: KeyOut };
  staff_risk: { gives: RiskOut };
  staff_roles: { body: RolesIn; path: { account: number }; gives: RequestOut };
  staff_sent_withdrawal: { body: SentIn; path: { withdrawal: number }; gives: StaffWithdrawalOut };
  staff_snapshot: { gives: TakenOut };
  staff_snapshots: { gives: SnapshotsOut };
  staff_start_bot: { path: { bot: string }; gives: BotOut };
  staff_status: { body: StatusIn; path: { account: number }; gives: DoneOut };
  staff_stop_bot: { path: { bot: string }; gives: BotOut };
  staff_trail: { query: { after?: number; before?: number; limit?: number }; gives: TrailOut };
  staff_trail_state: { gives: TrailStateOut };
  staff_withdrawal: { path: { withdrawal: number }; gives: StaffWithdrawalOut };
  staff_withdrawals: { query: { state?: string; account?: number; asset?: string; limit?: number; cursor?: string }; gives: StaffWithdrawalsOut };
  statement: { query: { asset?: string; start_time?: string; end_time?: string; limit?: number; cursor?: string; purpose?: "available" | "held" | "in_flight" }; gives: StatementOut };
  statistics: { query: { market?: string; symbol?: string; start_time?: string; end_time?: string; limit?: number; cursor?: string }; gives: StatisticsOut };
  status: { gives: StatusOut };
  sub_accounts: { gives: SubAccountsOut };
  tickers: { query: { market?: string; symbol?: string }; gives: TickersOut };
  trade_entries: { query: { start?: number; limit?: number }; gives: EntriesPage };
  trades: { query: { market?: string; symbol?: string; limit?: number; before?: number }; gives: TradesOut };
  trades_consistency: { query: { first?: number; second?: number }; gives: ConsistencyProof };
  trades_head: { gives: HeadProof };
  trades_heads: { query: { limit?: number; cursor?: string }; gives: HeadsPage };
  trades_inclusion: { query: { market?: string; symbol?: string; trade_id?: number; index?: number; size?: number }; gives: InclusionProof };
  transfers: { query: { asset?: string; start_time?: string; end_time?: string; limit?: number; cursor?: string }; gives: TransfersOut };
  unlink_wallet: { path: { address: string }; gives: DoneOut };
  volume: { query: { market?: string; symbol?: string; start_time?: string; end_time?: string; limit?: number; cursor?: string }; gives: VolumeOut };
  wallet_key: { body: WalletKeyIn; gives: KeyOut };
  wallet_login: { body: WalletLoginIn; gives: SessionOut };
  wallet_nonce: { gives: NonceOut };
  wallets: { gives: WalletsOut };
  withdraw: { body: WithdrawalIn; gives: WithdrawalOut };
  withdrawal: { path: { withdrawal: number }; gives: WithdrawalOut };
  withdrawals: { query: { asset?: string; state?: string; limit?: number; cursor?: string }; gives: WithdrawalsOut };
}

/** Where each call is. */
export const CALLS = {
  assets: ["GET", "/api/v1/assets"],
  balances: ["GET", "/api/v1/balances"],
  batch: ["POST", "/api/v1/orders"],
  beneficiaries: ["GET", "/api/v1/beneficiaries"],
  cancel: ["DELETE", "/api/v1/order"],
  cancel_all: ["DELETE", "/api/v1/order/open"],
  cancel_list: ["DELETE", "/api/v1/order-lists/{list_id}"],
  cancel_replace: ["POST", "/api/v1/cancel-replace"],
  cancel_withdrawal: ["DELETE", "/api/v1/withdrawals/{withdrawal}"],
  change_password: ["POST", "/api/v1/password"],
  confirm_factor: ["POST", "/api/v1/second-factor/confirm"],
  dead_man_switch: ["POST", "/api/v1/dead-man-switch"],
  depth: ["GET", "/api/v1/depth"],
  end_session: ["DELETE", "/api/v1/sessions/{session}"],
  end_sessions: ["DELETE", "/api/v1/sessions"],
  events_consistency: ["GET", "/api/v1/proofs/events/consistency"],
  events_head: ["GET", "/api/v1/proofs/events/head"],
  events_heads: ["GET", "/api/v1/proofs/events/heads"],
  events_inclusion: ["GET", "/api/v1/proofs/events/inclusion"],
  export: ["GET", "/api/v1/export/{table}"],
  faucet: ["POST", "/api/v1/dev/faucet"],
  fills: ["GET", "/api/v1/fills"],
  give_code: ["POST", "/api/v1/second-factor/code"],
  health: ["GET", "/health"],
  keys: ["GET", "/api/v1/keys"],
  klines: ["GET", "/api/v1/klines"],
  liabilities: ["GET", "/api/v1/proofs/liabilities"],
  link_wallet: ["POST", "/api/v1/wallets"],
  list: ["GET", "/api/v1/order-lists/{list_id}"],
  lists: ["GET", "/api/v1/order-lists"],
  login: ["POST", "/login"],
  logins: ["GET", "/api/v1/logins"],
  logout: ["POST", "/api/v1/logout"],
  markets: ["GET", "/api/v1/markets"],
  me: ["GET", "/api/v1/me"],
  metrics: ["GET", "/metrics"],
  my_liabilities: ["GET", "/api/v1/proofs/liabilities/mine"],
  new_asset: ["POST", "/api/v1/dev/assets"],
  new_beneficiary: ["POST", "/api/v1/beneficiaries"],
  new_factor: ["POST", "/api/v1/second-factor"],
  new_key: ["POST", "/api/v1/keys"],
  new_market: ["POST", "/api/v1/dev/markets"],
  new_sub_account: ["POST", "/api/v1/sub-accounts"],
  open_orders: ["GET", "/api/v1/order/open"],
  order: ["GET", "/api/v1/order/{order_id}"],
  orders: ["GET", "/api/v1/orders"],
  place: ["POST", "/api/v1/order"],
  place_list: ["POST", "/api/v1/order-lists"],
  place_short: ["POST", "/order"],
  proof_keys: ["GET", "/api/v1/proofs/key"],
  ready: ["GET", "/ready"],
  refresh: ["POST", "/refresh"],
  register: ["POST", "/register"],
  remove_beneficiary: ["DELETE", "/api/v1/beneficiaries/{beneficiary}"],
  remove_factor: ["DELETE", "/api/v1/second-factor"],
  replace: ["PATCH", "/api/v1/order"],
  reset: ["POST", "/api/v1/dev/reset"],
  revoke_key: ["DELETE", "/api/v1/keys/{key}"],
  sessions: ["GET", "/api/v1/sessions"],
  staff_approve: ["POST", "/api/v1/staff/requests/{request}/approve"],
  staff_approve_withdrawal: ["POST", "/api/v1/staff/withdrawals/{withdrawal}/approve"],
  staff_ask: ["POST", "/api/v1/staff/requests"],
  staff_bots: ["GET", "/api/v1/staff/bots"],
  staff_cancel_orders: ["POST", "/api/v1/staff/orders/cancel"],
  staff_change_bot: ["POST", "/api/v1/staff/bots/{bot}/parameters"],
  staff_change_market: ["POST", "/api/v1/staff/markets/{market}/changes"],
  staff_deposit: ["POST", "/api/v1/staff/deposits"],
  staff_deposits: ["GET", "/api/v1/staff/deposits"],
  staff_digest: ["GET", "/api/v1/staff/digest"],
  staff_directory: ["GET", "/api/v1/staff/directory"],
  staff_end_sessions: ["DELETE", "/api/v1/staff/people/{account}/sessions"],
  staff_failed_withdrawal: ["POST", "/api/v1/staff/withdrawals/{withdrawal}/failed"],
  staff_health: ["GET", "/api/v1/staff/health"],
  staff_ledger: ["GET", "/api/v1/staff/ledger"],
  staff_limits: ["POST", "/api/v1/staff/people/{account}/limits"],
  staff_market_state: ["POST", "/api/v1/staff/markets/{market}/state"],
  staff_markets: ["GET", "/api/v1/staff/markets"],
  staff_mode: ["POST", "/api/v1/staff/mode"],
  staff_new_market: ["POST", "/api/v1/staff/markets"],
  staff_orders: ["GET", "/api/v1/staff/orders"],
  staff_overview: ["GET", "/api/v1/staff/overview"],
  staff_person: ["GET", "/api/v1/staff/people"],
  staff_person_whole: ["GET", "/api/v1/staff/people/{account}"],
  staff_publish: ["POST", "/api/v1/staff/liabilities"],
  staff_refuse: ["POST", "/api/v1/staff/requests/{request}/refuse"],
  staff_reject_withdrawal: ["POST", "/api/v1/staff/withdrawals/{withdrawal}/reject"],
  staff_requests: ["GET", "/api/v1/staff/requests"],
  staff_retire_market: ["POST", "/api/v1/staff/markets/{market}/retire"],
  staff_retry_withdrawal: ["POST", "/api/v1/staff/withdrawals/{withdrawal}/retry"],
  staff_revoke_key: ["DELETE", "/api/v1/staff/people/{account}/keys/{key}"],
  staff_risk: ["GET", "/api/v1/staff/risk"],
  staff_roles: ["POST", "/api/v1/staff/people/{account}/roles"],
  staff_sent_withdrawal: ["POST", "/api/v1/staff/withdrawals/{withdrawal}/sent"],
  staff_snapshot: ["POST", "/api/v1/staff/snapshots"],
  staff_snapshots: ["GET", "/api/v1/staff/snapshots"],
  staff_start_bot: ["POST", "/api/v1/staff/bots/{bot}/start"],
  staff_status: ["POST", "/api/v1/staff/people/{account}/status"],
  staff_stop_bot: ["POST", "/api/v1/staff/bots/{bot}/stop"],
  staff_trail: ["GET", "/api/v1/staff/trail"],
  staff_trail_state: ["GET", "/api/v1/staff/trail/state"],
  staff_withdrawal: ["GET", "/api/v1/staff/withdrawals/{withdrawal}"],
  staff_withdrawals: ["GET", "/api/v1/staff/withdrawals"],
  statement: ["GET", "/api/v1/statement"],
  statistics: ["GET", "/api/v1/statistics"],
  status: ["GET", "/api/v1/status"],
  sub_accounts: ["GET", "/api/v1/sub-accounts"],
  tickers: ["GET", "/api/v1/tickers"],
  trade_entries: ["GET", "/api/v1/proofs/trades/entries"],
  trades: ["GET", "/api/v1/trades"],
  trades_consistency: ["GET", "/api/v1/proofs/trades/consistency"],
  trades_head: ["GET", "/api/v1/proofs/trades/head"],
  trades_heads: ["GET", "/api/v1/proofs/trades/heads"],
  trades_inclusion: ["GET", "/api/v1/proofs/trades/inclusion"],
  transfers: ["GET", "/api/v1/transfers"],
  unlink_wallet: ["DELETE", "/api/v1/wallets/{address}"],
  volume: ["GET", "/api/v1/volume"],
  wallet_key: ["POST", "/wallet/keys"],
  wallet_login: ["POST", "/wallet/login"],
  wallet_nonce: ["POST", "/wallet/nonce"],
  wallets: ["GET", "/api/v1/wallets"],
  withdraw: ["POST", "/api/v1/withdrawals"],
  withdrawal: ["GET", "/api/v1/withdrawals/{withdrawal}"],
  withdrawals: ["GET", "/api/v1/withdrawals"],
} as const satisfies Record<keyof Calls, readonly [string, string]>;

/** What an order may say. */
export const ORDER_TYPES = ["limit", "market", "stop_limit", "stop_market", "take_profit_limit", "take_profit_market", "trailing_stop", "pegged", "twap"] as const;
export const TIMES_IN_FORCE = ["gtc", "ioc", "fok", "gtd", "day"] as const;
export const SELF_TRADES = ["expire_taker", "expire_maker", "expire_both", "decrement", "none"] as const;
export const ORDER_FIELDS: readonly string[] = ["market", "side", "type", "price", "quantity", "budget", "time_in_force", "post_only", "self_trade_prevention", "client_order_id", "stop_price", "trailing_percent", "protection_price", "display_quantity", "slide", "expires_at", "peg", "peg_offset", "slices", "slice_interval_ms", "cancel_on_disconnect", "user_id"];

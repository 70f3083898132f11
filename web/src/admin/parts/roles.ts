import type { MeOut } from "@/packages/api/types";

export type Role = "support" | "risk" | "finance" | "admin";

const ANY = ["support", "risk", "finance", "admin"] as const;
const RULES = ["risk", "admin"] as const;
const MONEY = ["finance", "admin"] as const;
const CARE = ["support", "risk", "admin"] as const;

/**
 * Which roles may do what, as the venue holds it. What somebody may not do is not offered; the
 * venue refuses it all the same.
 */
const MAY = {
  look: ANY,
  "look at risk": RULES,
  "look at the trail": RULES,
  "look at a person": CARE,
  "look at orders": CARE,
  "set the mode": RULES,
  "take a snapshot": RULES,
  "move a market": RULES,
  "change a market": RULES,
  "retire a market": ["admin"],
  "set a status": RULES,
  "set limits": RULES,
  "end sessions": CARE,
  "give roles": ["admin"],
  "reset a factor": ["support", "admin"],
  "cancel orders": RULES,
  "move money": MONEY,
  publish: MONEY,
  "run bots": RULES,
} as const satisfies Record<string, readonly Role[]>;

/** Which roles may approve a request, by its act. */
const DECIDES: Record<string, readonly Role[]> = {
  adjust: MONEY,
  credit: MONEY,
  reset_factor: ["admin"],
  set_roles: ["admin"],
  create_market: RULES,
  change_market: RULES,
  retire_market: RULES,
  resume: RULES,
};

export type Act = keyof typeof MAY;

const meet = (mine: readonly string[], wanted: readonly string[]) =>
  mine.some((role) => wanted.includes(role));

/** Returns whether somebody with these roles may do something. */
export const may = (roles: readonly string[], act: Act): boolean => meet(roles, MAY[act]);

/** Returns whether somebody may approve a request; nobody approves their own. */
export function mayApprove(
  me: Pick<MeOut, "user_id" | "roles">,
  request: { readonly act: string; readonly asked_by: number },
): boolean {
  return request.asked_by !== me.user_id && meet(me.roles, DECIDES[request.act] ?? []);
}

/** Returns whether somebody may refuse a request: whoever may decide, and whoever has asked. */
export function mayRefuse(
  me: Pick<MeOut, "user_id" | "roles">,
  request: { readonly act: string; readonly asked_by: number },
): boolean {
  return request.asked_by === me.user_id || meet(me.roles, DECIDES[request.act] ?? []);
}

/** Returns what keeps somebody from approving a withdrawal; null where nothing does. */
export function whyNotApprove(
  me: Pick<MeOut, "user_id" | "roles">,
  one: {
    readonly owner: number;
    readonly can_be_sent: boolean;
    readonly approvals: readonly { readonly by: number }[];
  },
): string | null {
  if (!may(me.roles, "move money")) return "Takes the role finance or admin";
  if (one.can_be_sent) return "Two have approved it";
  if (one.owner === me.user_id) return "It is your own";
  if (one.approvals.some((approval) => approval.by === me.user_id)) {
    return "You have approved it; somebody else has to";
  }
  return null;
}

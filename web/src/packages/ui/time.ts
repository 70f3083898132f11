const CLOCK = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false,
});
const DAY = new Intl.DateTimeFormat("en-CA", { year: "numeric", month: "2-digit", day: "2-digit" });

/** Returns the hour of a time of the venue, where its reader is. */
export const clock = (time: string): string => CLOCK.format(new Date(time));

/** Returns day and hour. */
export const dayAndClock = (time: string): string => {
  const when = new Date(time);
  return `${DAY.format(when)} ${CLOCK.format(when)}`;
};

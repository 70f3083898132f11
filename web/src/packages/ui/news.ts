import { usePreferences } from "@/packages/state/desk";
import { toast } from "./toasts";

const TONES_HZ = [660, 880];
const TONE_S = 0.09;
const LOUD = 0.06;

/** Tells something that happened elsewhere on the screen, as loudly as its reader wishes. */
export function news(title: string, text: string): void {
  const { sound, notify } = usePreferences.getState();
  toast("good", title, text);
  if (sound) chime();
  if (notify && document.hidden && Notification.permission === "granted") {
    new Notification(title, { body: text, icon: "/favicon.svg", tag: title });
  }
}

/** Two short tones. */
export function chime(): void {
  const context = new AudioContext();
  const gain = context.createGain();
  gain.gain.value = LOUD;
  gain.connect(context.destination);
  TONES_HZ.forEach((hertz, at) => {
    const tone = context.createOscillator();
    tone.frequency.value = hertz;
    tone.connect(gain);
    tone.start(context.currentTime + at * TONE_S);
    tone.stop(context.currentTime + (at + 1) * TONE_S);
    if (at === TONES_HZ.length - 1) tone.onended = () => void context.close();
  });
}

/** Turns notifications on or off; the browser asks once whether they may be. */
export async function turnNotices(): Promise<void> {
  const notify = !usePreferences.getState().notify;
  const may = !notify || (await asked()) === "granted";
  if (may) usePreferences.setState({ notify });
  else toast("bad", "No notifications", "This browser does not allow this page to send any.");
}

const asked = async () =>
  "Notification" in globalThis ? Notification.requestPermission() : "denied";

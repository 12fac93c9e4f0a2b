import { call } from "../../ipc/commands";
import { asFailure, type Failure } from "../../ipc/errors";
import type { ProfileDetail } from "../../ipc/generated/ProfileDetail";
import { session } from "../../ipc/session.svelte";
import { toasts } from "../../components/toasts.svelte";
import { errorWords, t } from "../../i18n/words";
import { location } from "../../lib/route.svelte";

/** Takes an own profile out of use, and offers to bring it back as it was. */
export async function removeProfile({ profile, document }: ProfileDetail): Promise<Failure | null> {
  try {
    await call("profile_remove", { profile: profile.name });
  } catch (thrown) {
    return asFailure(thrown);
  }
  session.touch();
  location.go("/profiles");
  toasts.show({
    tone: "ok",
    title: t("profiles.removed", { profile: profile.name }),
    text: t("profiles.removedText"),
    action: { label: t("action.undo"), run: () => void bringBack({ profile, document }) },
  });
  return null;
}

async function bringBack({ profile, document }: Pick<ProfileDetail, "profile" | "document">): Promise<void> {
  try {
    const back = await call("profile_set", { document, text: null });
    session.touch();
    toasts.show({ tone: "ok", title: t("profiles.restored", { profile: profile.name, version: back.profile.version }) });
  } catch (thrown) {
    const failure = asFailure(thrown);
    const words = errorWords(failure.code, failure.fields);
    toasts.show({ tone: "bad", title: words.title, text: `${words.safe} ${words.next}`, action: { label: t("error.retry"), run: () => void bringBack({ profile, document }) } });
  }
}

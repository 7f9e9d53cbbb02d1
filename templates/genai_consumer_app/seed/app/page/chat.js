// The chat: asks, shows the answer as it grows, and takes a rating. The token comes with the address (#token=...), or
// is typed in; it stays in this tab.
const look = 250; // milliseconds between two looks at a growing answer
const ended = ["answered", "blocked", "failed"];
const at = (id) => document.getElementById(id);

function token() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) {
    sessionStorage.setItem("token", given);
    history.replaceState(null, "", location.pathname);
  }
  return sessionStorage.getItem("token");
}

async function call(method, path, content) {
  const reply = await fetch(path, {
    method,
    headers: { Authorization: `Bearer ${token()}`, "Content-Type": "application/json" },
    body: content && JSON.stringify(content),
  });
  if (reply.status === 401 || reply.status === 403) {
    sessionStorage.removeItem("token");
    signIn("Sign in to ask.");
    throw new Error("Sign in, then ask again.");
  }
  const body = await reply.json().catch(() => ({}));
  if (!reply.ok) throw new Error(body.error || "This didn't work. Try again in a while.");
  return body;
}

function signIn(why) {
  at("sign-in").hidden = false;
  at("ask").hidden = true;
  at("state").textContent = why;
  at("token").focus();
}

function signedIn() {
  at("sign-in").hidden = true;
  at("ask").hidden = false;
  at("question").focus();
}

function shown(question) {
  const item = at("message").content.cloneNode(true).querySelector("li");
  item.querySelector(".question").textContent = question;
  at("messages").append(item);
  item.scrollIntoView({ block: "end" });
  return item;
}

async function follow(item, message) {
  const answer = item.querySelector(".answer");
  while (true) {
    answer.textContent = message.text;
    if (ended.includes(message.status)) break;
    await new Promise((done) => setTimeout(done, look));
    message = await call("GET", `messages/${message.id}`);
  }
  answer.setAttribute("aria-busy", "false");
  item.dataset.status = message.status;
  if (message.status === "answered") rating(item, message.id);
  else answer.classList.add("refused");
}

function rating(item, id) {
  const box = item.querySelector(".rating");
  box.hidden = false;
  box.addEventListener("click", async ({ target }) => {
    const chosen = target.dataset.rating;
    if (!chosen) return;
    try {
      await call("PUT", `messages/${id}/rating`, { rating: chosen });
      for (const one of box.querySelectorAll("button"))
        one.setAttribute("aria-pressed", String(one.dataset.rating === chosen));
      at("state").textContent = "Thank you: your rating is kept.";
    } catch (error) {
      at("state").textContent = error.message;
    }
  });
}

at("ask").addEventListener("submit", async (event) => {
  event.preventDefault();
  const question = at("question").value.trim();
  if (!question) return;
  at("send").disabled = true;
  const item = shown(question);
  try {
    const message = await call("POST", "messages", { question });
    at("question").value = "";
    await follow(item, message);
  } catch (error) {
    const answer = item.querySelector(".answer");
    answer.textContent = error.message;
    answer.setAttribute("aria-busy", "false");
    answer.classList.add("refused");
  } finally {
    at("send").disabled = false;
  }
});

at("question").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    at("ask").requestSubmit();
  }
});

at("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem("token", at("token").value.trim());
  at("token").value = "";
  signedIn();
});

token() ? signedIn() : signIn("Sign in to ask.");

// Follows a run that baselines a hierarchy, and shows what has come of it.

const run = document.getElementById("run")?.dataset.run;

if (run) {
  const told = document.getElementById("progress");
  const bar = document.getElementById("bar");
  const events = new EventSource(`/api/v1/baseline-runs/${run}/events`);
  events.addEventListener("progress", (event) => {
    const { done, of, current } = JSON.parse(event.data);
    bar.max = of || 1;
    bar.value = done;
    told.textContent = of === 0 ? "It is being planned." : `${done} of ${of} steps are done.${current ? ` Now: ${current}` : ""}`;
  });
  events.addEventListener("run", () => {
    events.close();
    location.reload();
  });
  events.addEventListener("error", () => {
    if (events.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 2000);
  });
}

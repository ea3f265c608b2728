-- One batch of events per request. Every event has an id of its own, every fourth request another visitor.
-- wrk … -- SITE_KEY EVENTS_PER_POST DELAY_MS
local site, per_post, delay_ms, count = "", 1, 0, 0
local salt = os.time() % 0xffff

function init(args)
  site, per_post, delay_ms = args[1], tonumber(args[2]), tonumber(args[3])
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "text/plain;charset=UTF-8"
  wrk.headers["Origin"] = "https://shop.example"
  wrk.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
end

local function event(now, n)
  local id = string.format('0199c0de-%04x-7%03x-8%03x-%012x', salt, n % 4096, math.floor(n / 4096) % 4096, n)
  if n % 10 == 1 then
    return string.format('{"id":"%s","type":"page_view","at":%d}', id, now)
  end
  return string.format('{"id":"%s","type":"content","at":%d,"kind":"product","content_id":"P%d","name":"Espresso machine","category":"kitchen/coffee",' ..
    '"price":199.9,"currency":"EUR","position":3,"seen_ms":1800,"seen_ratio":0.9,"touched_ms":420,"touches":1,"clicks":0}', id, now, n % 5000)
end

function request()
  local now, events = os.time() * 1000, {}
  for i = 1, per_post do
    count = count + 1
    events[i] = event(now, count)
  end
  local visitor = math.floor(count / per_post / 4)
  return wrk.format(nil, nil, nil, string.format(
    '{"v":1,"site":"%s","visitor":"0199c0de-0000-7000-8000-%012x","sent_at":%d,"page":{"id":"0199c0de-0000-7000-9000-%012x",' ..
    '"url":"https://shop.example/kitchen/coffee?page=2","title":"Coffee machines","referrer":"https://shop.example/"},"events":[%s]}',
    site, visitor, now, visitor, table.concat(events, ",")))
end

-- By chance between nothing and twice as long: else all connections, which began together, would stay in step.
function delay()
  return math.floor(2 * delay_ms * math.random())
end

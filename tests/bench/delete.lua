-- wrk's requests: an unfollow of one id after the other, as winnow sends them. `wrk ... URL FILE FIRST`:
-- the ids are FILE's lines from FIRST on; one thread, so that none is asked for twice. A machine where
-- wrk is faster than the ids are many begins again at the first: the server answers the same.
local file, ids
function init(args)
  file = args[1]
  ids = io.lines(file)
  for _ = 2, tonumber(args[2]) do
    ids()
  end
end
local function next_id()
  local id = ids()
  if id == nil then
    ids = io.lines(file)
    id = ids()
  end
  return id
end
function request()
  return wrk.format("DELETE", "/2/users/813286/following/" .. next_id(), {
    ["Authorization"] = "Bearer sim-token",
    ["Accept"] = "application/json",
  })
end

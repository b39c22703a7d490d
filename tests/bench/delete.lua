-- wrk's requests: an unfollow of one id after the other, as winnow sends them. `wrk ... URL FILE FIRST`:
-- the ids are FILE's lines from FIRST on; one thread, so that none is asked for twice.
local ids
function init(args)
  ids = io.lines(args[1])
  for _ = 2, tonumber(args[2]) do
    ids()
  end
end
function request()
  return wrk.format("DELETE", "/2/users/813286/following/" .. ids(), {
    ["Authorization"] = "Bearer sim-token",
    ["Accept"] = "application/json",
  })
end

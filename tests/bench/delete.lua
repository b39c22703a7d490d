-- wrk's requests: an unfollow of one id after the other, as winnow sends them.
local n = 0
request = function()
  n = n + 1
  return wrk.format("DELETE", "/2/users/813286/following/" .. (1000000000 + n * 7), {
    ["Authorization"] = "Bearer sim-token",
    ["Accept"] = "application/json",
  })
end

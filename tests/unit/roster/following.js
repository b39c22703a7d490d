window.YTD.following.part0 = [
  {
    "following" : {
      "accountId" : "12",
      "userLink" : "https://twitter.com/intent/user?user_id=12"
    }
  },
  {
    "following" : {
      "accountId" : "813286",
      "userLink" : "https://twitter.com/intent/user?user_id=813286"
    }
  },
  {
    "following" : {
      "accountId" : "1900000000000000000",
      "userLink" : "https://twitter.com/intent/user?user_id=1900000000000000000"
    }
  }
]
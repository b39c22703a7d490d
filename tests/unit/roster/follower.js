window.YTD.follower.part0 = [
  {
    "follower" : {
      "accountId" : "12",
      "userLink" : "https://twitter.com/intent/user?user_id=12"
    }
  },
  {
    "follower" : {
      "accountId" : "20",
      "userLink" : "https://twitter.com/intent/user?user_id=20"
    }
  }
];

SELECT user_with_projects(:id)

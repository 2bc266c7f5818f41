SELECT user_with_projects_json(:id)

<?php

$db = new PDO('pgsql:');
$db->setAttribute(PDO::ATTR_ERRMODE, PDO::ERRMODE_EXCEPTION);

function call(PDO $db, string $text, ...$values) {
    $statement = $db->prepare("SELECT $text");
    // an empty array is [] for PHP, which stands for {} too
    $statement->execute(array_map(fn ($v) => is_array($v) ? json_encode($v) : $v, $values));
    $value = $statement->fetchColumn();
    return is_string($value) ? json_decode($value, true) : $value;
}

$user = call($db, 'user_with_projects(?)', 1);
$users = call($db, 'assoc.find_all(?, ?)', 'User', ['order' => ['name'], 'where' => [], 'include' => ['projects']]);
$all = call($db, 'assoc.find_all(?, ?)', 'User', []);

$db->beginTransaction();
call($db, 'assoc.create(?, ?)', 'User', ['name' => 'Cid', 'projects' => ['connect' => [1]]]);
$db->commit();

try {
    call($db, 'assoc.create(?, ?)', 'User', ['email' => 'nowhere']);
} catch (PDOException $error) {
    // $error->errorInfo: SQLSTATE, a number, message with DETAIL
    preg_match('/DETAIL: +(.*)/', $error->errorInfo[2], $detail);
    $failures = json_decode($detail[1], true);
}

if ($user['name'] !== 'Ann' || count($users) !== 2 || count($all) !== 2 || array_column($failures, 'path') !== ['name', 'email']) {
    throw new Exception('wrong');
}
echo "php\n";

using System.CommandLine;
using System.Text.Json.Nodes;
using Guildhall.Cli;
using Guildhall.Identity;

namespace Guildhall.Tests.Cli;

public sealed class IdentityCommandsTests
{
    [Theory, EveryEngine]
    public async Task An_operator_sets_up_a_tenant_whose_user_then_logs_in(Engine engine)
    {
        await using var store = await TestStore.CreateAsync(engine);
        await RunAsync(store, "account", "create", "alice-co");
        await RunAsync(store, "project", "create", "--account", "alice-co", "cn-north-4");
        var user = JsonNode.Parse((await RunAsync(store, "user", "create", "--account", "alice-co", "alice", "--json")).Output)!;
        var key = JsonNode.Parse((await RunAsync(store, "key", "create", "--account", "alice-co", "--user", "alice", "--description", "CI", "--json")).Output)!;

        Assert.Matches("^[A-Za-z0-9]{20}$", (string)user["password"]!);
        Assert.Matches("^[A-Za-z0-9]{40}$", (string)key["secret_key"]!);
        var passwords = new Passwords(iterations: 1);
        var logins = new Logins(store.Store, passwords, new FailureBrake(TimeProvider.System), TimeProvider.System);
        var login = await logins.LogInAsync(
            new LoginName("", "alice", "", "alice-co"), (string)user["password"]!, new LoginScope("", "cn-north-4", "", ""), Origin.Of(default), CancellationToken.None);
        Assert.False(login.IsRefused(out _));
    }

    [Fact]
    public async Task Lists_are_tables_or_JSON()
    {
        await using var store = await TestStore.CreateAsync(Engine.Sqlite);
        await RunAsync(store, "account", "create", "alice-co");
        await RunAsync(store, "account", "create", "bob-company");
        await RunAsync(store, "account", "disable", "bob-company");

        var table = await RunAsync(store, "account", "list");
        Assert.Matches(
            """
            ^NAME         ID                                STATE     CREATED AT
            alice-co     [0-9a-f]{32}  enabled   \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ
            bob-company  [0-9a-f]{32}  disabled  \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ
            $
            """,
            table.Output);
        var json = JsonNode.Parse((await RunAsync(store, "account", "list", "--json")).Output)!.AsArray();
        Assert.Equal(["enabled", "disabled"], json.Select(account => (string)account!["state"]!));
    }

    [Fact]
    public async Task Of_names_from_before_that_deceive_the_list_says_why()
    {
        await using var store = await TestStore.CreateAsync(Engine.Sqlite);
        foreach (var (name, later) in new[] { ("alice-co", "alice-co"), ("second", "aIice-co"), ("third", "mill\u200Bco") })
        {
            await RunAsync(store, "account", "create", name);
            await store.ExecuteAsync("UPDATE accounts SET name = @later WHERE name = @name", ("name", name), ("later", later));
        }

        var (code, _, error) = await TryAsync(["account", "list", "--store", store.Setting]);

        Assert.Equal(0, code);
        Assert.Contains("has U+200B, which cannot be seen or does not belong into a name.", error, StringComparison.Ordinal);
        Assert.Matches("The name (aIice-co looks like alice-co|alice-co looks like aIice-co)\\.", error);
    }

    [Theory]
    [InlineData("account create alice-co", "The name is taken: there is an account alice-co already")]
    [InlineData("account create aIice-co", "The name is taken: it looks like alice-co")]
    [InlineData("account create mill/admin", "it has a slash, which separates names from each other")]
    [InlineData("project create --account alice-co cn-north-\u200B4", "it has U+200B, which cannot be seen or does not belong into a name")]
    [InlineData("account disable nobody", "There is no such account: nobody")]
    [InlineData("project list --account nobody", "There is no such account: nobody")]
    [InlineData("project disable --account alice-co nowhere", "There is no such project: nowhere in account alice-co")]
    [InlineData("user reset-password --account alice-co nobody", "There is no such user: nobody in account alice-co")]
    [InlineData("user create --account alice-co --role king alice", "'king' not recognized")]
    [InlineData("key create --account alice-co --user nobody", "There is no such user: nobody in account alice-co")]
    [InlineData("key delete --account alice-co NOSUCHKEY", "There is no such access key")]
    [InlineData("key list", "'--account' is required")]
    public async Task What_cannot_be_done_is_said_on_standard_error_with_exit_code_1(string command, string complaint)
    {
        await using var store = await TestStore.CreateAsync(Engine.Sqlite);
        await RunAsync(store, "account", "create", "alice-co");
        var (code, _, error) = await TryAsync([.. command.Split(' '), "--store", store.Setting]);
        Assert.Equal(1, code);
        Assert.Contains(complaint, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_cannot_be_opened_is_no_crash()
    {
        var (code, _, error) = await TryAsync(["account", "list", "--store", "/nonexistent/folder/guildhall.db"]);
        Assert.Equal(1, code);
        Assert.StartsWith("The store cannot be used: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_command_has_help_with_an_example_and_takes_no_password_as_an_argument()
    {
        var root = new RootCommand();
        foreach (var group in IdentityCommands.Create())
        {
            root.Add(group);
        }

        foreach (var command in root.Subcommands.SelectMany(group => group.Subcommands, (group, verb) => new { group, verb }))
        {
            Assert.Contains($"Example: guildhall {command.group.Name} {command.verb.Name}", command.verb.Description, StringComparison.Ordinal);
            Assert.DoesNotContain(command.verb.Options, option => option.Name is "--password");
            var (code, output, _) = await TryAsync([command.group.Name, command.verb.Name, "--help"]);
            Assert.Equal(0, code);
            Assert.Contains("--store", output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_key_is_put_out_of_use_back_and_deleted()
    {
        await using var store = await TestStore.CreateAsync(Engine.Sqlite);
        await RunAsync(store, "account", "create", "alice-co");
        await RunAsync(store, "user", "create", "--account", "alice-co", "alice");
        var key = (string)JsonNode.Parse((await RunAsync(store, "key", "create", "--account", "alice-co", "--user", "alice", "--json")).Output)!["access_key"]!;

        Assert.Contains("disabled", (await RunAsync(store, "key", "disable", "--account", "alice-co", key)).Output, StringComparison.Ordinal);
        Assert.Contains("enabled", (await RunAsync(store, "key", "enable", "--account", "alice-co", key)).Output, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", (await RunAsync(store, "key", "list", "--account", "alice-co")).Output, StringComparison.Ordinal);
        await RunAsync(store, "key", "delete", "--account", "alice-co", key);
        Assert.DoesNotContain(key, (await RunAsync(store, "key", "list", "--account", "alice-co")).Output, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(TestStore store, params string[] arguments)
    {
        var run = await TryAsync([.. arguments, "--store", store.Setting, .. store.Setting.Contains('=') ? (string[])["--store-key-file", TestKeys.File] : []]);
        Assert.True(run.Code == 0, run.Error);
        return run;
    }

    private static async Task<(int Code, string Output, string Error)> TryAsync(string[] arguments)
    {
        var root = new RootCommand();
        foreach (var group in IdentityCommands.Create())
        {
            root.Add(group);
        }

        await using var output = new StringWriter { NewLine = "\n" };
        await using var error = new StringWriter { NewLine = "\n" };
        var code = await root.Parse(arguments).InvokeAsync(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }
}

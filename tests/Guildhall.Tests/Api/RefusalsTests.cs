using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Guildhall.Identity;
using Guildhall.Memberships;

namespace Guildhall.Tests.Api;

/// <summary>Each refusal there is, brought about over HTTP.</summary>
public sealed class RefusalsTests
{
    public static TheoryData<string> Listed => [.. NamesOf(typeof(Refusal))];

    public static TheoryData<string> OfIdentity => [.. IdentityRefusalCases.All.Keys];

    [Theory, MemberData(nameof(Listed))]
    public async Task Each_refusal_is_reached_and_changes_nothing(string name)
    {
        var (refusal, (ask, given)) = (RefusalNamed(typeof(Refusal), name), RefusalCases.All[name]);
        await using var service = await TestService.StartAsync(Engine.Sqlite, RefusalCases.LimitTightly);
        await (given?.Invoke(service) ?? Task.CompletedTask);
        var before = await service.SnapshotAsync();

        var (status, body) = await ask(service);

        var error = JsonNode.Parse(body)!.AsObject();
        Assert.Equal(["error_code", "error_msg"], error.Select(member => member.Key));
        var (code, message) = ((string)error["error_code"]!, (string)error["error_msg"]!);
        Assert.Equal((refusal.Status, refusal.Code), (status, code));
        AssertSays(refusal, message);
        Assert.InRange(code.Length, 8, 36);
        Assert.InRange(message.Length, 2, 512);
        Assert.Equal(before, await service.SnapshotAsync());
    }

    [Fact]
    public void No_refusal_is_left_out_of_the_list_or_of_the_table()
    {
        Assert.Equal(Refusal.All, NamesOf(typeof(Refusal)).Select(name => RefusalNamed(typeof(Refusal), name)));
        Assert.Equal(NamesOf(typeof(Refusal)).Order(), RefusalCases.All.Keys.Order());
        Assert.Equal(NamesOf(typeof(IdentityRefusals)).Order(), IdentityRefusalCases.All.Keys.Concat(IdentityRefusalCases.OnlyAtTheCommandLine).Order());
    }

    [Theory, MemberData(nameof(OfIdentity))]
    public async Task Each_refusal_of_the_identity_is_reached_and_changes_nothing(string name)
    {
        var (refusal, (ask, given)) = (RefusalNamed(typeof(IdentityRefusals), name), IdentityRefusalCases.All[name]);
        await using var service = await TestService.StartAsync();
        await (given?.Invoke(service) ?? Task.CompletedTask);
        var before = await service.SnapshotAsync();

        var (status, body) = await ask(service);

        Assert.Equal(refusal.Status, status);
        var error = JsonNode.Parse(body)!["error"]!;
        Assert.Equal(refusal.Status, (int)error["code"]!);
        AssertSays(refusal, (string)error["message"]!);
        Assert.Equal(before, await service.SnapshotAsync());
    }

    /// <summary>What goes wrong before an operation runs is told in the shape of the API that was called.</summary>
    [Theory]
    [InlineData(nameof(Refusal.Draining), 503)]
    [InlineData(nameof(Refusal.Internal), 500)]
    public async Task Failures_under_the_identity_have_its_shape(string name, int status)
    {
        await using var service = await TestService.StartAsync();
        await (name == nameof(Refusal.Draining) ? RefusalCases.All[name].Given!(service) : service.ExecuteAsync("ALTER TABLE projects RENAME TO lost"));

        var answer = await Identity.KeystoneTests.SendAsync(service, "GET", "/v3/projects", service.Inviter.Token);

        Assert.Equal(status, (int)answer.Status);
        Assert.StartsWith($$"""{"error":{"code":{{status}},"message":"{{RefusalNamed(typeof(Refusal), name).Message}}",""", answer.Body, StringComparison.Ordinal);
        Assert.Equal(status == 503 ? "1" : null, answer.RetryAfter);
    }

    /// <summary>The whole sentence, alone or with the reason after a colon; ListQuotas spells a space before it.</summary>
    private static void AssertSays(Refusal refusal, string message) => Assert.Matches($"^{Regex.Escape(refusal.Message)}( ?: .|$)", message);

    private static IEnumerable<string> NamesOf(Type type) =>
        type.GetFields(BindingFlags.Static | BindingFlags.Public).Where(field => field.FieldType == typeof(Refusal)).Select(field => field.Name);

    private static Refusal RefusalNamed(Type type, string name) => (Refusal)type.GetField(name)!.GetValue(null)!;
}

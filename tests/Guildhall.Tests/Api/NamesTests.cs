using System.Text.Json.Nodes;
using Guildhall.Hosting;

namespace Guildhall.Tests.Api;

/// <summary>Names are bytes: nothing folds, trims or composes them on the way in, in the store, or on the way out.</summary>
public sealed class NamesTests
{
    /// <summary>Neighbours in the list are pairs that somebody might take for the same.</summary>
    private static readonly string[] Names =
    [
        "Org1",
        "org1",
        "North-Mill",
        "NORTH-MILL",
        "stra\u00dfe",
        "strasse",
        "\u0130stanbul", // a capital I with a dot: lower-casing it makes two characters
        "istanbul",
        "caf\u00e9",
        "cafe\u0301", // the same to a reader, another text
        "trailing",
        "trailing ",
        " trailing",
        "\u00a0trailing",
        "\u7ec4\u7ec7\u4e00", // organization one
        "\u7d44\u7e54\u4e00", // the same in traditional characters
        "\U00020bb7\u91ce\u5bb6", // a Chinese character outside the basic plane
        "\U0001f3ed mill \U0001f468\u200d\U0001f3ed", // emoji, one of them joined from two
        "\u05d0\u05d2\u05d5\u05d3\u05d4 \u0627\u062a\u062d\u0627\u062f", // right to left
        "\u202eesrever", // overridden to run right to left
        "quote\"back\\slash/<b>&amp;'--;%_",
        "null",
        "NaN",
        new('n', 64),
        new('\u540d', 64),
    ];

    [Theory, EveryEngine]
    public async Task Every_name_goes_through_unharmed(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine, settings => settings with { Wire = new WireOptions { InviteeName = true } });
        List<Person> people = [];
        foreach (var name in Names)
        {
            people.Add(await service.AddPersonAsync(name, "service of " + name[..Math.Min(name.Length, 50)], isInvitee: true));
        }

        foreach (var (person, n) in people.Select((person, n) => (person, n)))
        {
            Assert.Equal((200, """{"result":"success"}"""), await service.Inviter.InviteAsync(person));
            Assert.Equal(Names[..(n + 1)], await service.Inviter.MemberNamesAsync());
            var notification = JsonNode.Parse((await person.GetAsync("notifications")).Body)!["notifications"]!.AsArray().Single()!;
            Assert.Equal((person.AccountName, "waiting"), ((string?)notification["invitee_info"]!["invitee_name"], (string?)notification["status"]));
            Assert.Equal(200, (await person.AgreeAsync()).Status);
        }

        await service.WorkAsync();
        foreach (var person in people)
        {
            Assert.Equal([person.AccountName], await person.MemberNamesAsync());
            Assert.Equal(["agreed"], await person.MemberStatesAsync());
        }
    }

    [Theory, EveryEngine]
    public async Task Every_name_of_a_channel_finds_its_own_channel(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        foreach (var name in Names)
        {
            await service.Inviter.AddChannelAsync(name);
            Assert.Equal(200, (await service.Inviter.InviteAsync(service.Invitee, channel: name)).Status);
        }

        foreach (var name in Names)
        {
            Assert.Equal(200, (await service.Invitee.AgreeAsync(channel: name)).Status);
            var members = JsonNode.Parse((await service.Invitee.GetAsync("members?channel_name=" + Uri.EscapeDataString(name))).Body)!["members"]!.AsArray();
            Assert.Equal(name, (string?)Assert.Single(members)!["channel_name"]);
        }
    }

    [Theory, EveryEngine]
    public async Task An_organization_is_its_name_to_the_letter(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.ExecuteAsync(
            """UPDATE services SET organizations = '[{"name":"Org1","node_count":1},{"name":"org1","node_count":2},{"name":"组织一","node_count":1}]' WHERE id = @id""",
            ("id", service.Invitee.ServiceId));
        await service.Inviter.InviteAsync(service.Invitee);

        foreach (var other in (string[])["ORG1", "org1 ", "組織一"])
        {
            var (status, body) = await AgreeWithAsync(other);
            Assert.Equal((400, true), (status, body.StartsWith($$"""{"error_code":"BCS.4001051","error_msg":"Input org is not exist: service mill has no organization {{other}}""", StringComparison.Ordinal)));
        }

        string[] joining = ["org1", "组织一", "Org1"];
        Assert.Equal(200, (await AgreeWithAsync(joining)).Status);
        var shown = JsonNode.Parse(await service.Inviter.MembersAsync())!["members"]![0]!["invited_orgs"]!.AsArray();
        Assert.Equal(
            joining.Select(name => (name, (string?)Guildhall.Memberships.Names.HashOf(name, service.Invitee.ServiceId))),
            shown.Select(organization => ((string)organization!["name"]!, (string?)organization["name_hash"])));
        Assert.Equal(3, shown.Select(organization => (string)organization!["name_hash"]!).Distinct().Count());

        Task<(int Status, string Body)> AgreeWithAsync(params string[] names) => service.Invitee.AgreeAsync(change: body =>
            body["invited_orgs"] = new JsonArray([.. names.Select(name => (JsonNode)new JsonObject { ["name"] = name })]));
    }
}

using System.Text.Json.Nodes;
using Guildhall.Tests.Fabric;
using Guildhall.Tests.Networks;

namespace Guildhall.Tests.Api;

/// <summary>What the server answers is what the document describes, with no key more. <see cref="Person"/> holds every answer of every test against it.</summary>
public sealed class OpenApiResponseTests
{
    private const string Page = "?limit=2";

    private readonly HashSet<string> told = new(StringComparer.Ordinal);

    [Fact]
    public async Task The_whole_story_of_a_consortium_is_answered_as_described()
    {
        await using var service = await TestService.StartAsync(configure: Consortium.Configure);
        var (inviter, invitee, third) = (service.Inviter, service.Invitee, service.Third);

        var created = await TellAsync(inviter, "POST", "blockchains", NewServiceOf());
        var own = $"blockchains/{(string)created["blockchain_id"]!}";
        await TellAsync(inviter, "POST", $"{own}/channels", """{"channels":[{"channel_name":"second","channel_description":"Trade"}]}""");
        await TellAsync(inviter, "PUT", own, """{"node_orgs":[{"name":"organization","node_count":2}]}""");
        await TellAsync(inviter, "POST", $"{own}/channels/peers", """{"channel_peers":[{"channel_name":"second","peers":{"organization":2}}]}""");
        await TellAsync(inviter, "PUT", $"{own}/second/peers/quit", """{"org_name":"organization","peers":1}""");
        await TellAsync(inviter, "PUT", $"{own}/second/orgs/quit", """{"org_names":["organization"]}""");
        await TellAsync(inviter, "DELETE", $"{own}/channel/second");
        await ListAsync(inviter, "blockchains", "blockchains/flavors", own, $"{own}/status", $"{own}/nodes", $"{own}/channels", "quotas", "blockchains" + Page);

        await TellAsync(inviter, "POST", "members/invitations", InvitationOf(inviter, invitee, third));
        var inbox = await TellAsync(invitee, "GET", "notifications");
        await TellAsync(invitee, "PUT", $"notifications/{(string)inbox["notifications"]![0]!["id"]!}", """{"read_status":1}""");
        Told("POST", "notification/handle", await invitee.AgreeAsync());
        Told("POST", "notification/handle", await third.RejectAsync());
        await service.WorkAsync();
        await ListAsync(inviter, "members", "members?extended=true", "members?extended=true&limit=1", "members?status=agreed", $"blockchains/{inviter.ServiceId}");
        await ListAsync(invitee, "notifications" + Page, "operation/record", "operation/record" + Page, $"blockchains/{invitee.ServiceId}/channels");

        var network = $"blockchains/{invitee.ServiceId}/network";
        var mill = new TestOrganization("MillMSP");
        await TellAsync(invitee, "PUT", network, AttachmentBodies.Detached(mill).ToJsonString());
        var challenge = await TellAsync(invitee, "POST", network + "/challenge", """{"organization":"organization"}""");
        await TellAsync(invitee, "POST", network + "/possession", await AttachmentBodies.AnswerAsync(mill.Admin, (string)challenge["challenge"]!));
        await TellAsync(invitee, "PUT", network + "/automatic-signatures", """{ "channels": [{ "channel_name": "trade", "changes": ["join"] }] }""");
        await ListAsync(invitee, network);
        await TellAsync(invitee, "DELETE", network);

        await ListAsync(inviter, $"members/{(string)inbox["notifications"]![0]!["id"]!}");
        await PlannedChannel.InviteAsync(service);
        var member = $"members/{await PlannedChannel.MemberIdAsync(service)}";
        await ListAsync(invitee, member, $"{member}/network-plan?blockchain_id={invitee.ServiceId}");

        await AskedToSign.AskAsync(service);
        await ListAsync(inviter, "signature-requests", "signature-requests/" + AskedToSign.Id);
        await TellAsync(inviter, "POST", $"signature-requests/{AskedToSign.Id}/decline", """{"reason":"not before May"}""");
        await TellAsync(inviter, "POST", $"signature-requests/{AskedToSign.Id}/signature", $$"""{"signature":"{{AskedToSign.Signature}}"}""");

        Told("PUT", "members/quit", await invitee.QuitAsync());
        await service.WorkAsync();
        Told("DELETE", "members/invitations", await inviter.DeleteInvitationAsync(invitee, "quit"));
        await TellAsync(inviter, "DELETE", own);

        Assert.Empty(ApiDocument.Operations.Where(operation => operation.Path.StartsWith("/v2", StringComparison.Ordinal)).Select(operation => operation.Id).Except(told));
    }

    private async Task ListAsync(Person who, params string[] paths)
    {
        foreach (var path in paths)
        {
            await TellAsync(who, "GET", path);
        }
    }

    private async Task<JsonNode> TellAsync(Person who, string method, string path, string? body = null) =>
        Told(method, path, await who.SendAsync(new HttpMethod(method), path, body));

    private JsonNode Told(string method, string path, (int Status, string Body) answer)
    {
        Assert.True(answer.Status == 200, $"{method} {path} answered {answer}");
        told.Add(ApiDocument.Find(method, "/v2/project/" + path.Split('?')[0])!.Id);
        return JsonNode.Parse(answer.Body)!;
    }

    private static string NewServiceOf() => ApiDocument.ExamplesOf(
        ApiDocument.Operations.Single(operation => operation.Id == "CreateNewBlockchain").RequestBody).First()!.ToJsonString();

    private static string InvitationOf(Person inviter, params Person[] invitees) => new JsonObject
    {
        ["bcs_id"] = inviter.ServiceId,
        ["channel_name"] = "channel",
        ["invited_userinfo"] = new JsonArray([.. invitees.Select(invitee => (JsonNode)new JsonObject { ["invited_user"] = invitee.AccountName })]),
    }.ToJsonString();
}

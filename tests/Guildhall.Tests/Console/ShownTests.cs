using System.Text.RegularExpressions;
using Guildhall.Identity;
using Guildhall.Tests.Fabric;
using Guildhall.Tests.Networks;

namespace Guildhall.Tests.Console;

/// <summary>A page does what it showed: a form whose thing has changed since does nothing, and brings the page as it is now.</summary>
public sealed partial class ShownTests
{
    private const string Changed = "What the page showed has changed meanwhile";

    /// <summary>With what a form is filled in well, where it is more than what it carries.</summary>
    private static readonly Dictionary<string, (string Name, string Value)[]> Fields = new()
    {
        ["inbox/*/reject"] = [("reason", "no")],
        ["inbox/signatures/*/decline"] = [("reason", "no")],
        ["services/*/organizations"] = [("peers", "1")],
        ["services/*/network/automatic"] = [("none", "1")],
        ["accounts/*/users/*/password"] = [("keys", "keep")],
    };

    [Fact]
    public void Only_forms_that_make_something_new_or_are_about_the_session_change_nothing_that_was_shown() => Assert.Equal(
        """
        accounts
        accounts/*/projects
        accounts/*/users
        keys
        language
        members/invite
        project
        services/*/channels
        services/new
        sign-in
        sign-out
        sign-out-everywhere
        """,
        string.Join('\n', Forms(isShown: false)));

    /// <summary>The pages have an invitation that waits, one that was joined and one that was rejected, a signature asked for, a key and an attachment.</summary>
    [Theory]
    [EveryEngine]
    public async Task Every_form_that_changes_a_thing_carries_its_version_and_does_nothing_where_that_is_another(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine, settings => settings with { Operators = new Operators("harbor-trade") });
        var (inviter, invitee) = (ConsoleVisitor.With(service, service.Inviter.Token), ConsoleVisitor.With(service, service.Invitee.Token));
        var west = await service.AddPersonAsync("west-works", "west", isInvitee: true);
        var pages = await FillAsync(service, inviter, west);
        var (met, before) = (new SortedSet<string>(StringComparer.Ordinal), await SeeAsync(service));
        foreach (var (visitor, path) in pages.SelectMany(path => (ConsoleVisitor[])[inviter, invitee, ConsoleVisitor.With(service, west.Token)], (path, visitor) => (visitor, path)))
        {
            await visitor.GetAsync(path);
            foreach (var action in Action().Matches(visitor.Page).Select(match => match.Groups["action"].Value).Distinct().ToList())
            {
                await visitor.GetAsync(path);
                var (kind, hidden) = (KindOf(action), visitor.HiddenOf(action).ToArray());
                if (!Forms(isShown: true).Contains(kind))
                {
                    Assert.DoesNotContain("shown", hidden.Select(field => field.Name));
                    continue;
                }

                met.Add(kind);
                Assert.Matches("^[0-9a-f]{32}$", Assert.Single(hidden, field => field.Name == "shown").Value);
                var filled = hidden.Concat(await FilledAsync(service, kind, visitor)).ToArray();
                Assert.Equal(403, await visitor.PostAsync(action, filled.Where(field => field.Item1 != "shown")));
                var status = await visitor.PostAsync(action, filled.Select(field => field.Item1 == "shown" ? ("shown", "of another time") : field));
                Assert.True(status == 422 && visitor.Page.Contains(Changed, StringComparison.Ordinal), $"{action} answered {status}: {Alert().Match(visitor.Page).Value}");
                Assert.Equal(before, await SeeAsync(service));
            }
        }

        Assert.Equal(Forms(isShown: true), met);
    }

    [Theory]
    [EveryEngine]
    public async Task A_withdrawal_that_was_left_open_does_not_delete_the_rejection_that_came_meanwhile(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.Inviter.InviteAsync(service.Invitee);
        var inviter = ConsoleVisitor.With(service, service.Inviter.Token);
        var here = $"/console/members/{service.Inviter.ServiceId}/{await service.Invitee.NotificationIdAsync()}/remove";
        await inviter.GetAsync(here);
        await service.Invitee.RejectAsync(change: body => body["reason"] = "no peers to spare");

        Assert.Equal(422, await inviter.SubmitAsync(here));

        Assert.Contains(Changed, inviter.Page);
        Assert.Contains("Clean up the record?", inviter.Page);
        Assert.Contains("<bdi>no peers to spare</bdi>", inviter.Page);
        Assert.Equal(["reject"], await service.Inviter.MemberStatesAsync());
        Assert.Equal(303, await inviter.SubmitAsync(here));
        Assert.Empty(await service.Inviter.MemberStatesAsync());
    }

    [Theory]
    [EveryEngine]
    public async Task Agreeing_on_the_page_of_an_old_invitation_agrees_to_no_later_one(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.Inviter.InviteAsync(service.Invitee);
        var invitee = ConsoleVisitor.With(service, service.Invitee.Token);
        var here = "/console/inbox/" + await service.Invitee.NotificationIdAsync();
        await invitee.GetAsync(here);
        (string, string)[] agreed = [.. invitee.HiddenOf(here + "/agree"), ("service", service.Invitee.ServiceId), ("organization-" + service.Invitee.ServiceId, "organization")];
        await service.Invitee.RejectAsync();
        await service.Inviter.InviteAsync(service.Invitee);

        Assert.Equal(422, await invitee.PostAsync(here + "/agree", agreed));

        Assert.Contains(Changed, invitee.Page);
        Assert.Contains("Rejected", invitee.Page);
        Assert.Equal(["reject", "waiting"], await service.Invitee.NotificationStatesAsync());
    }

    [Fact]
    public async Task A_form_that_is_sent_again_gets_its_answer_though_it_has_changed_what_it_showed()
    {
        await using var service = await TestService.StartAsync();
        await service.JoinAsync(service.Invitee);
        var invitee = ConsoleVisitor.With(service, service.Invitee.Token);
        var here = $"/console/members/{service.Inviter.ServiceId}/{await service.Invitee.NotificationIdAsync()}/quit";
        await invitee.GetAsync(here);
        var fields = invitee.HiddenOf(here).ToArray();

        Assert.Equal(303, await invitee.PostAsync(here, fields));
        var first = invitee.Location;
        Assert.Equal(303, await invitee.PostAsync(here, fields));
        Assert.Equal(first, invitee.Location);
    }

    [Theory]
    [EveryEngine]
    public async Task An_attachment_is_of_the_organization_whose_row_it_was_though_a_colleague_has_removed_another(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var (visitor, mill) = (ConsoleVisitor.With(service, service.Invitee.Token), new TestOrganization("Org2MSP"));
        var blockchain = "blockchains/" + service.Invitee.ServiceId;
        await service.Invitee.PutAsync(blockchain, """{ "node_orgs": [{ "name": "workshop", "node_count": 1 }], "is_delete_org": false }""");
        var here = $"/console/services/{service.Invitee.ServiceId}/network";
        await visitor.GetAsync(here);
        using var form = UploadOf(visitor.HiddenOf(here), mill);
        await service.Invitee.PutAsync(blockchain, """{ "node_orgs": [{ "name": "organization", "node_count": 1 }], "is_delete_org": true }""");

        Assert.Equal(422, await visitor.SendAsync(HttpMethod.Post, here, form));

        Assert.Equal(404, (await service.Invitee.GetAsync(blockchain + "/network")).Status);
        await visitor.GetAsync(here);
        using var again = UploadOf(visitor.HiddenOf(here), mill);
        Assert.Equal(200, await visitor.SendAsync(HttpMethod.Post, here, again));
        Assert.Contains("\"name\":\"workshop\"", (await service.Invitee.GetAsync(blockchain + "/network")).Body);
    }

    /// <summary>The first row's MSP, and the profile.</summary>
    private static MultipartFormDataContent UploadOf(IEnumerable<(string Name, string Value)> hidden, TestOrganization organization)
    {
        var form = new MultipartFormDataContent();
        foreach (var (name, value) in hidden.Append(("msp-id-0", organization.MspId)))
        {
            form.Add(new StringContent(value), $"\"{name}\"");
        }

        foreach (var (field, name, bytes) in organization.MspFolder().Select(file => ("msp-0", "msp/" + file.Key, file.Value)).Append(("profile", "profile.yaml", System.Text.Encoding.UTF8.GetBytes(AttachmentBodies.Profile(organization)))))
        {
            var content = new ByteArrayContent(bytes);
            content.Headers.ContentDisposition = new("form-data") { Name = $"\"{field}\"", FileName = $"\"{name}\"" };
            form.Add(content);
        }

        return form;
    }

    /// <summary>All that the walk has forms for; answers the pages that they are on.</summary>
    private static async Task<string[]> FillAsync(TestService service, ConsoleVisitor inviter, Person west)
    {
        await service.JoinAsync(west);
        await service.JoinAsync(service.Invitee);
        await service.Inviter.AddChannelAsync("empty");
        await service.Inviter.AddChannelAsync("trade");
        await service.Inviter.InviteAsync(service.Invitee, "trade");
        await AskedToSign.AskAsync(service);
        var (mill, works) = (new TestOrganization("Org2MSP"), new TestOrganization("Org4MSP"));
        var withKey = AttachmentBodies.Detached(mill);
        withKey["organizations"]![0]!["administrator"] = AttachmentBodies.Identity(mill.Authority.Issue("admin", "admin"));
        Assert.Equal(200, (await service.Invitee.PutAsync($"blockchains/{service.Invitee.ServiceId}/network", withKey.ToJsonString())).Status);
        Assert.Equal(200, (await west.PutAsync($"blockchains/{west.ServiceId}/network", AttachmentBodies.Detached(works).ToJsonString())).Status);
        Assert.Equal(200, (await west.PostAsync($"blockchains/{west.ServiceId}/network/challenge", """{ "organization": "organization" }""")).Status);
        await service.ExecuteAsync(
            "INSERT INTO attached_organizations (service_id, name, msp_id, msp, administrator, proven_at) SELECT @to, name, 'Org3MSP', msp, administrator, proven_at FROM attached_organizations WHERE service_id = @from",
            ("to", service.Inviter.ServiceId), ("from", service.Invitee.ServiceId));
        await service.ExecuteAsync("INSERT INTO attachments (service_id, profile, attached_at) VALUES (@to, '{}', 0)", ("to", service.Inviter.ServiceId));
        await inviter.GetAsync("/console/keys");
        Assert.Equal(200, await inviter.SubmitAsync("/console/keys", ("description", "program")));
        var services = $"/console/services/{service.Inviter.ServiceId}";
        await service.ExecuteAsync("UPDATE services SET organizations = @two WHERE id = @id", ("two", """[{"name":"organization","node_count":3}]"""), ("id", service.Inviter.ServiceId));
        await service.Inviter.PostAsync($"blockchains/{service.Inviter.ServiceId}/channels/peers", """{ "channel_peers": [{ "channel_name": "channel", "peers": { "organization": 2 } }] }""");
        var ids = await service.Store.ReadAsync(session => session.QueryAsync("SELECT inviter_service_id, id FROM memberships ORDER BY id", row => $"{row.GetString(0)}/{row.GetString(1)}"), default);
        return
        [
            "/console/inbox", "/console/inbox?show=all", "/console/inbox/signatures/" + AskedToSign.Id, "/console/keys", "/console/you", "/console/project", "/console/accounts", "/console/members/invite", "/console/services/new",
            "/console/accounts/" + service.Third.AccountId, services, services + "/delete", services + "/network", services + "/network/detach", services + "/channels/channel", services + "/channels/empty",
            $"/console/services/{service.Invitee.ServiceId}/network", $"/console/services/{west.ServiceId}/network",
            .. ids.SelectMany(id => (string[])[$"/console/members/{id}/remove", $"/console/members/{id}/quit", "/console/inbox/" + id.Split('/')[1]]),
        ];
    }

    private static async Task<(string, string)[]> FilledAsync(TestService service, string kind, ConsoleVisitor visitor) => kind switch
    {
        "inbox/*/agree" => [("service", service.Invitee.ServiceId), ("organization-" + service.Invitee.ServiceId, "organization")],
        "services/*/delete" => [("name", visitor.Page.Split("go on: ")[1].Split('<')[0])],
        "services/*/network" => [("document-text", AttachmentBodies.Detached(new TestOrganization("Org2MSP")).ToJsonString())],
        "services/*/network/possession" => [("text", await AttachmentBodies.AnswerAsync(new TestOrganization("Org2MSP").Admin, "challenge"))],
        "inbox/signatures/*/sign" => [("text", $$"""{ "digest": "{{Digest().Match(visitor.Page).Value}}", "msp_id": "Org3MSP", "signature": "{{AskedToSign.Signature}}" }""")],
        _ => Fields.GetValueOrDefault(kind, []),
    };

    /// <summary>All that forms change, as text.</summary>
    private static async Task<string> SeeAsync(TestService service)
    {
        var seen = new List<string>();
        foreach (var (table, columns) in ((string, string)[])
        [
            ("memberships", "id || state || is_hidden || COALESCE(removed_by, '')"), ("services", "id || organizations || COALESCE(deleted_at, 0)"), ("channels", "name || peers"), ("operations", "id"),
            ("attachments", "service_id || attached_at"), ("attached_organizations", "name || COALESCE(challenge, '') || COALESCE(proven_at, 0)"), ("signature_requests", "id || state || COALESCE(approved_digest, '')"),
            ("accounts", "id || COALESCE(disabled_at, 0)"), ("projects", "id || COALESCE(disabled_at, 0)"), ("users", "id || password_hash || COALESCE(disabled_at, 0)"), ("access_keys", "access_key"),
        ])
        {
            seen.AddRange(await service.Store.ReadAsync(session => session.QueryAsync($"SELECT {columns} FROM {table} ORDER BY 1", row => $"{table} {row.GetString(0)}"), default));
        }

        return string.Join('\n', seen);
    }

    /// <summary>The forms of the table of routes, as it is written.</summary>
    private static SortedSet<string> Forms(bool isShown) => new(
        from route in Route().Matches(Repository.Read("src/Guildhall/Console/ConsoleRoutes.cs").Split("FindForm(string[] path)")[1])
        where route.Groups["thing"].Success == isShown
        select string.Join('/', route.Groups["path"].Value.Split(", ").Select(part => part.StartsWith('"') ? part.Trim('"') : "*")),
        StringComparer.Ordinal);

    private static string KindOf(string action)
    {
        var parts = action.Split('/')[2..];
        return Forms(isShown: true).Concat(Forms(isShown: false)).FirstOrDefault(kind => kind.Split('/') is var of && of.Length == parts.Length && of.Zip(parts).All(pair => pair.First == "*" || pair.First == pair.Second)) ?? "";
    }

    [GeneratedRegex("""method="post"[^>]* action="(?<action>[^"]*)"|action="(?<action>[^"]*)"[^>]* method="post""" + "\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Action();

    [GeneratedRegex("""^        \[(?<path>[^\]]*)\] => new\(Access\.\w+, (?<thing>Thing\.)?""", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex Route();

    [GeneratedRegex("role=\"alert\".*", RegexOptions.None, 1000)]
    private static partial Regex Alert();

    [GeneratedRegex("(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])", RegexOptions.None, 1000)]
    private static partial Regex Digest();
}

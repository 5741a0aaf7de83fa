namespace Guildhall.Demo;

/// <summary>A session to copy into a shell: an invitation from beginning to end, with bash and curl alone.</summary>
internal static class DemoSession
{
    public static string Of(DemoFile demo)
    {
        var (inviter, invitee) = (demo.Accounts[0], demo.Accounts[1]);
        return inviter.Services.Count > 0 && inviter.Services[0].Channels.Count > 0 && invitee.Services.Count > 0
            ? Of(demo.Endpoint, inviter, invitee, inviter.Services[0], invitee.Services[0])
            : "The demo's services or channels were deleted. To begin anew, stop it and remove its data folder.";
    }

    /// <summary>Where to open the console, and how to sign in as two tenants at once: a browser keeps one session per address.</summary>
    public static string ConsoleOf(DemoFile demo) =>
        $"""
        # The console, for people: {demo.Endpoint}/console; the bar above its pages signs in as any tenant.
        # Another tenant beside it: a private window, or {AlsoNamed(demo.Endpoint)}/console
        # By hand: {string.Join("; ", demo.Accounts.Take(2).Select(account => $"account {account.Name}, user {account.User.Name}, password {account.User.Password}"))}
        """;

    private static string AlsoNamed(string endpoint) =>
        endpoint.Contains("//127.0.0.1", StringComparison.Ordinal) ? endpoint.Replace("127.0.0.1", "localhost") : endpoint.Replace("localhost", "127.0.0.1");

    private static string Of(string endpoint, DemoAccount inviter, DemoAccount invitee, DemoService ours, DemoService theirs) =>
        $$"""
        # {{inviter.Name}} invites {{invitee.Name}}. Copy line by line, or all at once.
        INVITER={{endpoint}}/v2/{{inviter.Project.Id}}
        INVITEE={{endpoint}}/v2/{{invitee.Project.Id}}

        # A token for each; it comes in the header X-Subject-Token and goes back in X-Auth-Token.
        INVITER_TOKEN=$(curl -si {{endpoint}}/v3/auth/tokens -H 'Content-Type: application/json' -d '{{TokenRequest(inviter)}}' | tr -d '\r' | sed -n 's/^X-Subject-Token: //p')
        INVITEE_TOKEN=$(curl -si {{endpoint}}/v3/auth/tokens -H 'Content-Type: application/json' -d '{{TokenRequest(invitee)}}' | tr -d '\r' | sed -n 's/^X-Subject-Token: //p')
        inviter() { curl -s -w '\n' -H "X-Auth-Token: $INVITER_TOKEN" -H 'Content-Type: application/json' "$@"; }
        invitee() { curl -s -w '\n' -H "X-Auth-Token: $INVITEE_TOKEN" -H 'Content-Type: application/json' "$@"; }

        # Invite; see the invitation as the invitee; accept it with the organization that shall join.
        inviter $INVITER/members/invitations -d '{"bcs_id": "{{ours.Id}}", "channel_name": "{{ours.Channels[0]}}", "invited_userinfo": [{"invited_user": "{{invitee.Name}}"}]}'
        invitee $INVITEE/notifications
        invitee $INVITEE/notification/handle -d '{"channel_name": "{{ours.Channels[0]}}", "status": "agreed",
          "invitor_info": {"invitor_bcs_id": "{{ours.Id}}", "invitor_bcs_name": "{{ours.Name}}", "invitor_project_id": "{{inviter.Project.Id}}", "invitor_user_id": "{{inviter.Id}}"},
          "invitee_info": {"invitee_bcs_id": "{{theirs.Id}}", "invitee_bcs_name": "{{theirs.Name}}", "invitee_project_id": "{{invitee.Project.Id}}", "invitee_user_id": "{{invitee.Id}}"},
          "invited_orgs": [{"name": "{{theirs.Organizations[0]}}"}]}'

        # The join runs in the background; a moment later the member is listed. extended=true adds each member's state.
        sleep 1
        inviter $INVITER/members
        inviter "$INVITER/members?extended=true"

        # Quit, see what was done, and clean up.
        invitee -X PUT $INVITEE/members/quit -d '{"channel_name": "{{ours.Channels[0]}}",
          "inviter_bcsid": "{{ours.Id}}", "inviter_projectid": "{{inviter.Project.Id}}", "inviter_domainid": "{{inviter.Id}}", "inviter_username": "{{inviter.Name}}",
          "invitee_bcsid": "{{theirs.Id}}", "invitee_projectid": "{{invitee.Project.Id}}", "invitee_domainid": "{{invitee.Id}}"}'
        sleep 1
        invitee $INVITEE/operation/record
        inviter -X DELETE $INVITER/members/invitations -d '{"bcs_id": "{{ours.Id}}", "channel_name": "{{ours.Channels[0]}}",
          "invited_userinfo": [{"invited_user": "{{invitee.Name}}", "invited_bcs_id": "{{theirs.Id}}", "status": "quit"}]}'
        """;

    private static string TokenRequest(DemoAccount account) =>
        $$$"""
        {"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": "{{{account.User.Name}}}", "password": "{{{account.User.Password}}}", "domain": {"name": "{{{account.Name}}}"} } } }, "scope": {"project": {"id": "{{{account.Project.Id}}}"} } } }
        """;
}

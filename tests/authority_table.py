"""What every route answers to every kind of visitor, as the product promises it: written by hand, never made from the
code. tests/test_authority_matrix.py asks each cell.

Visitors, in the order of the letters:
    nobody, half (carl, whose code is due);
    ivy (individual), carl (customer), rita (reseller), sam (plain staff), olga (Owner);
    sam in carl's account with the assigned role "Billing only" (profile, sessions, activity), with the default role,
    and to look only (there with the full role);
    rita in the account of paul, olga in that of sam, sam in that of rita.

Answers:
    y   in: the page, or what becomes of an empty form (200, 201, 204, 409, 422, or 303 to elsewhere)
    l   303 to the log-in
    c   303 to the code step (also of a code that is not right)
    n   403: the role has no such permission, or nobody does that for another
    x   404

ID is somebody of that kind whom the visitor may look after: carl, ivy, rita, sam; but paul and his individual pia
where rita visits, and where it is her account or paul's. SESSION and BROWSER are those of ID, under /settings of the
account at hand. ROLE is "Billing only" and CLASS is "Customers", TOKEN a link of ivy, FILE a style sheet.
"""

ROUTES = """
# Open to everybody
GET+POST /login                                              yy yyyyy yyy yyy
GET+POST /login/link/TOKEN                                   yy yyyyy yyy yyy
GET+POST /login/password/TOKEN                               yy yyyyy yyy yyy
POST     /acting/return                                      yy yyyyy yyy yyy
POST     /theme                                              yy yyyyy yyy yyy
POST     /language                                           yy yyyyy yyy yyy
GET      /static/FILE                                        yy yyyyy yyy yyy
GET      /favicon.ico                                        yy yyyyy yyy yyy
GET      /healthz                                            yy yyyyy yyy yyy
GET      /readyz                                             yy yyyyy yyy yyy
POST     /logout                                             ll lllll lll lll

# The code step
GET      /login/code                                         ly yyyyy yyy yyy
POST     /login/code                                         lc yyyyy yyn yyy

# Whoever is in: no permission is needed
GET      /                                                   lc yyyyy yyy yyy
POST     /acting/role                                        lc yyyyy yyy yyy
GET      /settings/security                                  lc yyyyy yyy yyy
POST     /settings/sessions/dismiss-warning                  lc yyyyy yyn yyy

# The person's own, never while somebody acts for him; codes can be fetched as long as they are shown
GET+POST /settings/password                                  lc yyyyy nnn nnn
POST     /settings/password/generated                        lc yyyyy nnn nnn
GET      /settings/password/panel                            lc yyyyy nnn nnn
GET      /settings/two-factor                                lc yyyyy nnn nnn
GET+POST /settings/two-factor/disable                        lc yyyyy nnn nnn
GET+POST /settings/two-factor/enrolment                      lc yyyyy nnn nnn
POST     /settings/two-factor/enrolment/confirm              lc yyyyy nnn nnn
POST     /settings/two-factor/enrolment/later                lc yyyyy nnn nnn
GET+POST /settings/two-factor/replace                        lc yyyyy nnn nnn
GET+POST /settings/recovery-codes                            lc yyyyy nnn nnn
POST     /settings/recovery-codes/done                       lc yyyyy nnn nnn
GET      /settings/recovery-codes/download                   lc xxxxx nnn nnn

# Self-care: profile, sessions, activity
GET      /settings/profile                                   lc yyyyy yyy yyy
POST     /settings/profile                                   lc yyyyy yyn yyy
POST     /settings/profile/preview                           lc yyyyy yyn yyy
POST     /settings/sessions/SESSION/revoke                   lc yyyyy yyn yyy
POST     /settings/sessions/revoke-others                    lc yyyyy yyn yyy
POST     /settings/known-browsers/BROWSER/forget             lc yyyyy yyn yyy
GET      /settings/activity                                  lc yyyyy yyy yyy

# Self-care: addresses
POST     /settings/bind-session                              lc yyyyy nyn yyy
GET      /settings/trusted-ips                               lc yyyyy nyy yyy
POST     /settings/trusted-ips                               lc yyyyy nyn yyy
POST     /settings/trusted-ips/draft                         lc yyyyy nyn yyy

# Self-care: individuals; whoever looks after more is led to their list
GET      /settings/individuals                               lc nyyyy nyy yyy

# Customers: customers.view, .edit, .rescue, .enter of staff and resellers
GET+POST /admin/customers                                    lc nnyyy nnn nyy
GET      /admin/customers/new                                lc nnyyy nnn nyy
GET+POST /admin/customers/ID                                 lc nnyyy nnn nyy
GET+POST /admin/customers/ID/delete                          lc nnyyy nnn nyy
POST     /admin/customers/ID/suspend                         lc nnyyy nnn nyy
POST     /admin/customers/ID/restore                         lc nnyyy nnn nyy
POST     /admin/customers/ID/role                            lc nnyyy nnn nyy
GET+POST /admin/customers/ID/provider-ips                    lc nnyyy nnn nyy
POST     /admin/customers/ID/provider-ips/draft              lc nnyyy nnn nyy
GET      /admin/customers/ID/acting                          lc nnyyy nnn nnn
POST     /admin/customers/ID/acting                          lc nnyyy nnn nnn
POST     /admin/customers/ID/sessions/SESSION/revoke         lc nnyyy nnn nyy
POST     /admin/customers/ID/rescue                          lc nnyyy nnn nyy
POST     /admin/customers/ID/rescue/allow                    lc nnyyy nnn nyy
POST     /admin/customers/ID/rescue/any-ip                   lc nnyyy nnn nyy
POST     /admin/customers/ID/rescue/put-back                 lc nnyyy nnn nyy
POST     /admin/customers/ID/rescue/unbind                   lc nnyyy nnn nyy
POST     /admin/customers/ID/rescue/sessions                 lc nnyyy nnn nyy
POST     /admin/customers/ID/rescue/unlock                   lc nnyyy nnn nyy
POST     /admin/customers/ID/rescue/code                     lc nnyyy nnn nyy
GET+POST /admin/customers/ID/rescue/reset                    lc nnyyy nnn nyy
POST     /admin/customers/ID/rescue/new-password             lc nnyyy nnn nyy
POST     /admin/customers/ID/rescue/password                 lc nnyyy nnn nyy
POST     /admin/customers/ID/rescue/password-link            lc nnyyy nnn nyy
POST     /admin/customers/ID/rescue/generated                lc nnyyy nnn nyy
POST     /admin/customers/ID/allowed-roles                   lc nnyyy nnn nyy
POST     /admin/customers/ID/allowed-roles/ROLE/remove       lc nnyyy nnn nyy

# Individuals: the same permissions, and a customer's own; what the provider sets and Log in is not the customer's
GET      /admin/individuals                                  lc nyyyy nyy yyy
GET      /admin/individuals/new                              lc nyyyy nyy yyy
POST     /admin/individuals                                  lc nyyyy nyn yyy
GET      /admin/individuals/ID                               lc nyyyy nyy yyy
POST     /admin/individuals/ID                               lc nyyyy nyn yyy
GET      /admin/individuals/ID/delete                        lc nyyyy nyy yyy
POST     /admin/individuals/ID/delete                        lc nyyyy nyn yyy
POST     /admin/individuals/ID/suspend                       lc nyyyy nyn yyy
POST     /admin/individuals/ID/restore                       lc nyyyy nyn yyy
POST     /admin/individuals/ID/role                          lc nyyyy nyn yyy
GET+POST /admin/individuals/ID/provider-ips                  lc nnyyy nnn nyy
POST     /admin/individuals/ID/provider-ips/draft            lc nnyyy nnn nyy
GET      /admin/individuals/ID/acting                        lc nnyyy nnn nnn
POST     /admin/individuals/ID/acting                        lc nnyyy nnn nnn
POST     /admin/individuals/ID/sessions/SESSION/revoke       lc nyyyy nyn yyy
POST     /admin/individuals/ID/rescue                        lc nyyyy nyn yyy
POST     /admin/individuals/ID/rescue/allow                  lc nyyyy nyn yyy
POST     /admin/individuals/ID/rescue/any-ip                 lc nyyyy nyn yyy
POST     /admin/individuals/ID/rescue/put-back               lc nyyyy nyn yyy
POST     /admin/individuals/ID/rescue/unbind                 lc nyyyy nyn yyy
POST     /admin/individuals/ID/rescue/sessions               lc nyyyy nyn yyy
POST     /admin/individuals/ID/rescue/unlock                 lc nyyyy nyn yyy
POST     /admin/individuals/ID/rescue/code                   lc nyyyy nyn yyy
GET      /admin/individuals/ID/rescue/reset                  lc nyyyy nyy yyy
POST     /admin/individuals/ID/rescue/reset                  lc nyyyy nyn yyy
POST     /admin/individuals/ID/rescue/new-password           lc nyyyy nyn yyy
POST     /admin/individuals/ID/rescue/password               lc nyyyy nyn yyy
POST     /admin/individuals/ID/rescue/password-link          lc nyyyy nyn yyy
POST     /admin/individuals/ID/rescue/generated              lc nyyyy nyn yyy

# Resellers: resellers.edit of staff
GET+POST /admin/resellers                                    lc nnnyy nnn nyn
GET      /admin/resellers/new                                lc nnnyy nnn nyn
GET+POST /admin/resellers/ID                                 lc nnnyy nnn nyn
GET+POST /admin/resellers/ID/delete                          lc nnnyy nnn nyn
POST     /admin/resellers/ID/suspend                         lc nnnyy nnn nyn
POST     /admin/resellers/ID/restore                         lc nnnyy nnn nyn
POST     /admin/resellers/ID/role                            lc nnnyy nnn nyn
GET+POST /admin/resellers/ID/provider-ips                    lc nnnyy nnn nyn
POST     /admin/resellers/ID/provider-ips/draft              lc nnnyy nnn nyn
GET      /admin/resellers/ID/acting                          lc nnnyy nnn nnn
POST     /admin/resellers/ID/acting                          lc nnnyy nnn nnn
POST     /admin/resellers/ID/sessions/SESSION/revoke         lc nnnyy nnn nyn
POST     /admin/resellers/ID/rescue                          lc nnnyy nnn nyn
POST     /admin/resellers/ID/rescue/allow                    lc nnnyy nnn nyn
POST     /admin/resellers/ID/rescue/any-ip                   lc nnnyy nnn nyn
POST     /admin/resellers/ID/rescue/put-back                 lc nnnyy nnn nyn
POST     /admin/resellers/ID/rescue/unbind                   lc nnnyy nnn nyn
POST     /admin/resellers/ID/rescue/sessions                 lc nnnyy nnn nyn
POST     /admin/resellers/ID/rescue/unlock                   lc nnnyy nnn nyn
POST     /admin/resellers/ID/rescue/code                     lc nnnyy nnn nyn
GET+POST /admin/resellers/ID/rescue/reset                    lc nnnyy nnn nyn
POST     /admin/resellers/ID/rescue/new-password             lc nnnyy nnn nyn
POST     /admin/resellers/ID/rescue/password                 lc nnnyy nnn nyn
POST     /admin/resellers/ID/rescue/password-link            lc nnnyy nnn nyn
POST     /admin/resellers/ID/rescue/generated                lc nnnyy nnn nyn

# Staff: Owners alone. Who is an Owner is not switched inline, as that asks for a fresh proof
GET+POST /admin/staff                                        lc nnnny nnn nnn
GET      /admin/staff/new                                    lc nnnny nnn nnn
GET+POST /admin/staff/ID                                     lc nnnny nnn nnn
GET+POST /admin/staff/ID/delete                              lc nnnny nnn nnn
POST     /admin/staff/ID/suspend                             lc nnnny nnn nnn
POST     /admin/staff/ID/restore                             lc nnnny nnn nnn
POST     /admin/staff/ID/role                                lc nnnnx nnn nnn
GET+POST /admin/staff/ID/provider-ips                        lc nnnny nnn nnn
POST     /admin/staff/ID/provider-ips/draft                  lc nnnny nnn nnn
GET+POST /admin/staff/ID/acting                              lc nnnny nnn nnn
POST     /admin/staff/ID/sessions/SESSION/revoke             lc nnnny nnn nnn
POST     /admin/staff/ID/rescue                              lc nnnny nnn nnn
POST     /admin/staff/ID/rescue/allow                        lc nnnny nnn nnn
POST     /admin/staff/ID/rescue/any-ip                       lc nnnny nnn nnn
POST     /admin/staff/ID/rescue/put-back                     lc nnnny nnn nnn
POST     /admin/staff/ID/rescue/unbind                       lc nnnny nnn nnn
POST     /admin/staff/ID/rescue/sessions                     lc nnnny nnn nnn
POST     /admin/staff/ID/rescue/unlock                       lc nnnny nnn nnn
POST     /admin/staff/ID/rescue/code                         lc nnnny nnn nnn
GET+POST /admin/staff/ID/rescue/reset                        lc nnnny nnn nnn
POST     /admin/staff/ID/rescue/new-password                 lc nnnny nnn nnn
POST     /admin/staff/ID/rescue/password                     lc nnnny nnn nnn
POST     /admin/staff/ID/rescue/password-link                lc nnnny nnn nnn
POST     /admin/staff/ID/rescue/generated                    lc nnnny nnn nnn

# Roles and classes: staff
GET+POST /admin/roles                                        lc nnnyy nnn nyn
GET      /admin/roles/new                                    lc nnnyy nnn nyn
GET      /admin/roles/compare                                lc nnnyy nnn nyn
POST     /admin/roles/permissions                            lc nnnyy nnn nyn
POST     /admin/roles/permissions/preview                    lc nnnyy nnn nyn
GET+POST /admin/roles/ROLE                                   lc nnnyy nnn nyn
GET+POST /admin/roles/ROLE/delete                            lc nnnyy nnn nyn
GET+POST /admin/classes                                      lc nnnyy nnn nyn
GET      /admin/classes/new                                  lc nnnyy nnn nyn
GET+POST /admin/classes/CLASS                                lc nnnyy nnn nyn
POST     /admin/classes/CLASS/preview                        lc nnnyy nnn nyn
GET+POST /admin/classes/CLASS/delete                         lc nnnyy nnn nyn
GET+POST /admin/classes/CLASS/ips                            lc nnnyy nnn nyn
POST     /admin/classes/CLASS/ips/draft                      lc nnnyy nnn nyn

# The audit log: events of staff and resellers
GET      /admin/events                                       lc nnyyy nnn nyy
GET      /admin/events.csv                                   lc nnyyy nnn nyy
"""

# Who meets whom: the page of each, the form of his page, Restore access and Log in with him.
MEETINGS = """
# He himself and his equals
GET  /admin/staff/olga                lc nnnny nnn nnn
POST /admin/staff/olga                lc nnnny nnn nnn
POST /admin/staff/olga/suspend        lc nnnnn nnn nnn
POST /admin/staff/olga/rescue         lc nnnnn nnn nnn
POST /admin/staff/olga/acting         lc nnnnn nnn nnn
GET  /admin/staff/ole                 lc nnnny nnn nnn
POST /admin/staff/ole                 lc nnnny nnn nnn
POST /admin/staff/ole/rescue          lc nnnny nnn nnn
POST /admin/staff/ole/acting          lc nnnnn nnn nnn
GET  /admin/staff/sam                 lc nnnny nnn nnn
GET  /admin/resellers/rita            lc nnnyy nnn nyn
GET  /admin/individuals/ivy           lc nyxyy nyy xyx
POST /admin/individuals/ivy           lc nyxyy nyn xyx
POST /admin/individuals/ivy/rescue    lc nyxyy nyn xyx
POST /admin/individuals/ivy/acting    lc nnxyy nnn nnn

# The provider's own customer, one of rita's, and his individual
GET  /admin/customers/carl            lc nnxyy nnn nyx
POST /admin/customers/carl            lc nnxyy nnn nyx
POST /admin/customers/carl/rescue     lc nnxyy nnn nyx
POST /admin/customers/carl/acting     lc nnxyy nnn nnn
GET  /admin/customers/paul            lc nnyyy nnn nyy
POST /admin/customers/paul            lc nnyyy nnn nyy
POST /admin/customers/paul/rescue     lc nnyyy nnn nyy
POST /admin/customers/paul/acting     lc nnyyy nnn nnn
GET  /admin/individuals/pia           lc nxyyy nxx yyy
POST /admin/individuals/pia           lc nxyyy nxn yyy
POST /admin/individuals/pia/rescue    lc nxyyy nxn yyy
POST /admin/individuals/pia/acting    lc nnyyy nnn nnn

# Another reseller, and a customer and an individual of his
GET  /admin/resellers/rob             lc nnnyy nnn nyn
GET  /admin/customers/vera            lc nnxyy nnn nyx
POST /admin/customers/vera            lc nnxyy nnn nyx
POST /admin/customers/vera/rescue     lc nnxyy nnn nyx
GET  /admin/individuals/vic           lc nxxyy nxx xyx
POST /admin/individuals/vic/rescue    lc nxxyy nxn xyx

# Nobody at all, and somebody under the address of another kind
GET  /admin/customers/999999          lc nnxxx nnn nxx
POST /admin/customers/999999/rescue   lc nnxxx nnn nxx
GET  /admin/individuals/999999        lc nxxxx nxx xxx
GET  /admin/resellers/999999          lc nnnxx nnn nxn
GET  /admin/staff/999999              lc nnnnx nnn nnn
GET  /admin/customers/ivy             lc nnxxx nnn nxx
GET  /admin/individuals/carl          lc nxxxx nxx xxx
GET  /admin/customers/sam             lc nnxxx nnn nxx
GET  /admin/resellers/olga            lc nnnxx nnn nxn
"""
